/** What may be done about values below zero, and others that no circuit has, in answers from estimates. */
export const REPAIRS = ['nearest', 'mlft'] as const;
/** How what shots did is repaired: the nearest distribution of an answer, or tensors that subcircuits can have. */
export type Repair = (typeof REPAIRS)[number];
