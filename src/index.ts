/// <reference types="node" preserve="true" />
/// <reference lib="esnext.disposable" preserve="true" />
/**
 * Kroncut as a library: the same jobs as the commands, as typed functions. Importing it starts nothing; the addon is
 * loaded, and other ranks are contacted, by the first call that needs them.
 *
 * Under a launcher of several ranks every rank makes the same calls.
 *
 * @module kroncut
 */
export type { InMemory, RunInMemory, RunSource } from './api/input/openRun.js';
export { cut, type CutResult } from './api/cut.js';
export type { CutChoices } from './predict/cutChoices.js';
export type { CutExplanation, CutVerdict, DrawingChoices } from './predict/explainCut.js';
export type { DrawLimits, Paint } from './cut/drawing/drawCircuit.js';
export type { BondEdge, Subexperiments } from './cut/solution/subexperiments.js';
export type { Method, MethodChoice, MethodCost, MethodCost as UncutComparison } from './cut/model/method.js';
export { evaluate, type EvaluateSummary } from './api/evaluate.js';
export { subexperiments } from './api/subexperiments.js';
export {
  dryRunExport,
  exportSubexperiments,
  type ExportDryRun,
  type ExportSummary,
} from './api/exportSubexperiments.js';
export {
  dryRunImport,
  importCounts,
  type ImportDryRun,
  type ImportedFile,
  type ImportSummary,
  type ResultsSource,
} from './api/importCounts.js';
export type { Capability, ExportFormat } from './evaluate/exchange/formats.js';
export type { ExportManifest, ExportedExperiment } from './evaluate/exchange/exportFiles.js';
export type { NamedSetting } from './evaluate/exchange/experiments.js';
export type { SubexperimentFacts } from './evaluate/exchange/facts.js';
export { reconstruct, type Asked, type NoOthers, type ReconstructResult } from './api/reconstruct.js';
export {
  planReconstruct,
  type ReconstructExplanation,
  type ScalePlan,
  type ScalePoint,
} from './api/explainReconstruct.js';
export type { PlanExplanation } from './reconstruct/plan/explainPlan.js';
export {
  verify,
  type AnswersReport,
  type PartialReport,
  type UncutReport,
  type VerifyReport,
} from './api/verify.js';
export type { PartialChecks } from './api/verification/verifyPartial.js';
export type { RecutCheck, RecutSummary } from './api/verification/recut.js';
export type { StandardErrors } from './api/verification/verifySampled.js';
export { dryRunReport, report, type ReportSummary } from './api/report.js';
export type { Missing } from './report/page.js';
export type { ReportOptions } from './api/options/report.js';
export { withParameters, type LoopValue, type ParameterLoop } from './api/withParameters.js';
export { run, type Kept, type LightConeSummary, type RunResult } from './api/run.js';
export { dryRunCompile, type CompileDryRun, type CompileWorkers } from './api/dryRunCompile.js';
export { compile, type CircuitSize, type CompileReport, type CompileResult } from './api/compile.js';
export { compileThenCut, type CompileThenCutResult, type CutEffort } from './api/compileThenCut.js';
export {
  dryRunSynthesize,
  instantiate,
  synthesize,
  type SynthesizeDryRun,
  type SynthesizeReport,
  type SynthesizeResult,
} from './api/synthesize.js';
export { readTarget, type TargetSource } from './api/input/target.js';
export { generate, type GenerateAnswer, type GenerateDryRun, type GenerateResult } from './api/generate.js';
export { info, type Info, type RankInfo, type VariantInfo } from './api/info.js';
export {
  dryRunCut,
  dryRunEvaluate,
  dryRunReconstruct,
  dryRunRun,
  dryRunVerify,
  type DryRun,
} from './api/dryRun.js';
export type { Prediction } from './predict/predictStages.js';
export type { RoundPrediction } from './predict/predictCompile.js';
export type { Traffic } from './predict/predictReconstruct.js';
export type { CommonOptions } from './api/options/common.js';
export { openSession, type Session } from './api/session/session.js';
export {
  perform,
  performData,
  type JobAnswer,
  type JobCommand,
  type JobContext,
  type JobRequest,
  type JobRequestOf,
} from './api/jobs.js';
export type { DeviceChoice, JobOptions, SessionOptions } from './api/session/sessionOptions.js';
export { writeRates } from './api/rates.js';
export type { Calibration, Rates } from './run/calibration.js';
export { version } from './installation.js';
export { FAMILIES, type Family } from './circuit/families/familyList.js';
export type { FamilyOptions } from './circuit/families/families.js';
export type { Circuit, Gate, Register } from './circuit/circuit.js';
export type {
  Barrier,
  Choice,
  Condition,
  Fence,
  FreeInput,
  Measurement,
  Reset,
  Sequence,
  SymbolicGate,
  Term,
} from './circuit/fence.js';
export { readQasm, type ReadQasmOptions } from './circuit/qasm/readQasm.js';
export { writeQasm } from './circuit/qasm/writeQasm.js';
export type { Cluster } from './cluster/cluster.js';
export { connectCluster, type ConnectOptions } from './cluster/connect.js';
export { partitionCircuit, unfoldBlocks, type Block, type Partitioner } from './compile/gates/partition.js';
export type {
  Cut,
  CutCircuit,
  CutEnd,
  GateCut,
  GateCutEnd,
  SharedBond,
  Subcircuit,
  WireCut,
} from './cut/model/cutCircuit.js';
export type { Objective } from './cut/model/objective.js';
export type { CutSummary } from './cut/solution/summary.js';
export { KroncutError, type ErrorCode, type KroncutErrorOptions } from './error.js';
export type {
  Precision,
  InstantiateMethod,
  InstantiateResult,
  NativeAddon,
  SynthesisTarget,
  Template,
  TemplateGate,
  TemplateGateKind,
} from './native/addon.js';
export type { VerifyResult } from './reconstruct/queries/answers/compare.js';
export type { BinsQuery, BinsResult } from './reconstruct/queries/bins.js';
export type { ExpectQuery, ExpectResult } from './reconstruct/queries/expectation.js';
export type { FullQuery, FullResult } from './reconstruct/queries/full.js';
export type { MarginalQuery, MarginalResult } from './reconstruct/queries/marginal.js';
export type { MomentErrors, MomentsQuery, MomentsResult, OfMoments } from './reconstruct/queries/moments.js';
export type { Repair } from './reconstruct/network/repair.js';
export type { TotalVariation } from './reconstruct/queries/totalVariation.js';
export type { ErrorEstimate, ErrorMethod } from './reconstruct/errors/estimate.js';
export type { BondShrinking, InnerBond, InnerShrinking } from './reconstruct/network/bondShrinking.js';
export type { DataKind } from './run/tensors/tensorStore.js';
export type {
  ProbabilityEntry,
  ProbabilityQuery,
  ProbabilityResult,
} from './reconstruct/queries/probability.js';
export type { SamplesFormat, SamplesQuery, SamplesResult } from './reconstruct/queries/samples.js';
export type { TopQuery, TopResult } from './reconstruct/queries/top.js';
export type { Answers, AnswerTypes, Queries } from './reconstruct/queries/registry.js';
export type { Progress } from './run/context.js';
export { loadAddon, type LoadAttempt, type LoadedAddon, type LoadOptions } from './native/load.js';
export type { CircuitSource } from './api/input/source.js';
export type { CutOptions, LoopOptions } from './api/options/cut.js';
export type { EvaluateOptions } from './api/options/evaluate.js';
export type { ExportOptions, ImportOptions, SubexperimentsOptions } from './api/options/exchange.js';
export type { ReconstructOptions, ScaleOptions } from './api/options/reconstruct.js';
export type { VerifyOptions } from './api/options/verify.js';
export type { RunOptions } from './api/options/run.js';
export type { CompileOptions, CompileThenCutChoices } from './api/options/compile.js';
export type { QubitPair } from './compile/block/schmidtNeeds.js';
export type {
  LibraryInstantiateOptions,
  SynthesizeOptions,
  TargetOptions,
} from './api/options/synthesize.js';
export type { GenerateOptions } from './api/options/generate.js';
export {
  connect,
  type PoolConnection,
  type PoolJobOptions,
  type PoolOptions,
} from './pool/client/connect.js';
export type { JobDetail, JobState, JobSummary } from './pool/protocol/work.js';
export { serve, type Ready, type ServeContext } from './pool/server/serve.js';
export type { ServeOptions } from './pool/options/serve.js';
