#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "addon/arguments.hpp"
#include "addon/async.hpp"
#include "addon/bindings.hpp"
#include "core/aligned.hpp"
#include "core/npy.hpp"
#include "simulate/isometry.hpp"

namespace kroncut::addon {
namespace {

Precision precision_of(const Napi::Object& options) {
  const std::string name = text(options, "precision");
  if (name == "single") return Precision::single_precision;
  if (name == "double") return Precision::double_precision;
  refuse("precision", "'single' or 'double', not '" + name + "'");
}

std::vector<int> int_list(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_int32_array) {
    refuse(name, "an Int32Array");
  }
  const auto array = value.As<Napi::Int32Array>();
  return {array.Data(), array.Data() + array.ElementLength()};
}

GateProgram gate_program(const Napi::Object& program) {
  GateProgram result;
  result.qubits = integer(program, "qubits", 0);
  const std::vector<int> targets = int_list(program, "targets");
  const Napi::Value matrices = program.Get("matrices");
  if (!matrices.IsTypedArray() || matrices.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array) {
    refuse("matrices", "a Float64Array");
  }
  const auto numbers = matrices.As<Napi::Float64Array>();
  constexpr std::size_t per_gate = 32;
  const std::size_t gates = targets.size() / 2;
  if (targets.size() % 2 != 0) refuse("targets", "two numbers per gate");
  if (numbers.ElementLength() != gates * per_gate) refuse("matrices", "32 numbers per gate");
  for (std::size_t gate = 0; gate < gates; ++gate) {
    GateOperation operation{targets[2 * gate], targets[2 * gate + 1], {}};
    const double* const from = numbers.Data() + gate * per_gate;
    for (std::size_t k = 0; k < (operation.second < 0 ? 4U : 16U); ++k) {
      operation.matrix[k] = {from[2 * k], from[2 * k + 1]};
      if (!std::isfinite(from[2 * k]) || !std::isfinite(from[2 * k + 1])) refuse("matrices", "finite");
    }
    result.gates.push_back(operation);
  }
  return result;
}

struct Evaluated {
  double seconds = 0;
  double bytes = 0;
};

std::vector<std::size_t> tensor_shape(const SubcircuitProgram& program) {
  std::vector<std::size_t> shape(program.legs(), 4);
  shape.push_back(std::size_t{1} << program.outcomes.size());
  return shape;
}

Napi::Value evaluate_subcircuit(const Napi::CallbackInfo& info) {
  const Napi::Object arrays = object_argument(info, 0, "program");
  const Napi::Object options = object_argument(info, 1, "options");
  SubcircuitProgram program;
  program.circuit = gate_program(arrays);
  program.inputs = int_list(arrays, "inputs");
  program.mirrored = int_list(arrays, "mirrored");
  program.outputs = int_list(arrays, "outputs");
  program.outcomes = int_list(arrays, "outcomes");
  validate(program);
  const Precision precision = precision_of(options);
  const std::string file = text(options, "file");
  const Compute compute(options);
  const auto work = [program = std::move(program), precision, file, compute] {
    const auto start = std::chrono::steady_clock::now();
    const NpyType type = precision == Precision::single_precision ? NpyType::float32 : NpyType::float64;
    const std::shared_ptr<Backend> backend = compute.backend();
    // The disk's room is claimed before the work starts.
    const std::uint64_t size = tensor_size(program);
    AtomicNpy array(file, type, tensor_shape(program));
    AlignedArray<double> tensor(size);
    backend->subcircuit_tensor(program, precision, compute.threads, tensor.span(), *compute.control);
    constexpr std::size_t piece = std::size_t{1} << 20;
    for (std::size_t first = 0; first < size; first += piece) {
      compute.control->check();
      array.file().write(
          first, std::span<const double>(tensor.span()).subspan(first, std::min(piece, size - first)));
    }
    array.commit();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    const NpyHeader& header = array.file().header();
    return Evaluated{seconds.count(), static_cast<double>(header.data_offset + header.data_bytes())};
  };
  return AsyncTask<Evaluated>::start(info.Env(), work, [](Napi::Env env, Evaluated& evaluated) {
    Napi::Object result = Napi::Object::New(env);
    result["seconds"] = Napi::Number::New(env, evaluated.seconds);
    result["bytes"] = Napi::Number::New(env, evaluated.bytes);
    return result.As<Napi::Value>();
  });
}

Napi::Value simulate_probabilities(const Napi::CallbackInfo& info) {
  using Result = std::shared_ptr<const Tensor>;
  const Napi::Object arrays = object_argument(info, 0, "program");
  const Napi::Object options = object_argument(info, 1, "options");
  SubcircuitProgram program;
  program.circuit = gate_program(arrays);
  program.outcomes = int_list(arrays, "outcomes");
  validate(program);
  const Precision precision = precision_of(options);
  const Compute compute(options);
  const auto work = [program = std::move(program), precision, compute]() -> Result {
    const auto values = std::make_shared<AlignedArray<double>>(tensor_size(program));
    compute.backend()->probabilities(program.circuit, program.outcomes, precision, compute.threads,
                                     values->span(), *compute.control);
    auto tensor = std::make_shared<Tensor>();
    tensor->bits.resize(program.outcomes.size());
    std::iota(tensor->bits.begin(), tensor->bits.end(), 0);
    tensor->values = values->data();
    tensor->owner = values;
    return tensor;
  };
  return AsyncTask<Result>::start(info.Env(), work,
                                  [](Napi::Env env, Result& tensor) { return wrap_tensor(env, tensor); });
}

}  // namespace

void register_simulate(Napi::Env env, Napi::Object exports) {
  exports["evaluateSubcircuit"] = Napi::Function::New(env, [](const Napi::CallbackInfo& info) {
    return promised(info.Env(), [&] { return evaluate_subcircuit(info); });
  });
  exports["simulateProbabilities"] = Napi::Function::New(env, [](const Napi::CallbackInfo& info) {
    return promised(info.Env(), [&] { return simulate_probabilities(info); });
  });
}

}  // namespace kroncut::addon
