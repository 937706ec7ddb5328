/** What may be done about values below zero, and others that no circuit has, in answers from estimates. */
export const REPAIRS = ['nearest', 'mlft'] as const;
export type Repair = (typeof REPAIRS)[number];
