/** What can be asked of an export. */

/** What a device may be able to do beside gates and measurements at the end of a circuit. */
export const CAPABILITIES = ['measure', 'reset', 'feedforward'] as const;
/**
 * What a processor can do in the middle of a circuit: measure, reset, or choose operations by outcomes
 * (feedforward).
 */
export type Capability = (typeof CAPABILITIES)[number];

/** OpenQASM 2 or 3, a file a circuit; or inputs of Qiskit's SamplerV2, as they are or as QRMI's runner takes them. */
export const EXPORT_FORMATS = ['qasm2', 'qasm3', 'sampler', 'qrmi'] as const;
/** How subexperiments are written: OpenQASM files, or jobs with PUBs for a sampler or for QRMI. */
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Limits of a job where none are given: those of IBM's processors. */
export const JOB_CIRCUITS = 300;
export const JOB_EXECUTIONS = 10_000_000;
