/** What the best cuts have least of: predicted time, or sampling overhead. */
export const OBJECTIVES = ['cost', 'sampling'] as const;
export type Objective = (typeof OBJECTIVES)[number];
