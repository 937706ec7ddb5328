/** What the best cuts have least of: predicted time, or sampling overhead. */
export const OBJECTIVES = ['cost', 'sampling'] as const;
/** What is least of the cuts that are found: the predicted seconds (`cost`), or the sampling overhead. */
export type Objective = (typeof OBJECTIVES)[number];
