#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "addon/arguments.hpp"
#include "addon/async.hpp"
#include "addon/bindings.hpp"
#include "core/aligned.hpp"
#include "core/error.hpp"
#include "core/memory.hpp"
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

SubcircuitProgram subcircuit_program(const Napi::Object& arrays) {
  SubcircuitProgram program;
  program.circuit = gate_program(arrays);
  program.inputs = int_list(arrays, "inputs");
  program.mirrored = int_list(arrays, "mirrored");
  program.outputs = int_list(arrays, "outputs");
  program.outcomes = int_list(arrays, "outcomes");
  validate(program);
  return program;
}

/// Strings such as "IXZ", qubit 0 last; qubits beyond the first letter have the identity.
std::vector<PauliString> pauli_strings(const Napi::Value& value) {
  if (!value.IsArray()) refuse("strings", "an array of Pauli strings");
  const auto array = value.As<Napi::Array>();
  std::vector<PauliString> strings(array.Length());
  for (std::uint32_t i = 0; i < array.Length(); ++i) {
    const std::string letters = array.Get(i).ToString().Utf8Value();
    for (std::size_t k = 0; k < letters.size(); ++k) {
      const char letter = letters[letters.size() - 1 - k];
      if (letter != 'I') strings[i].push_back({static_cast<int>(k), letter});
    }
  }
  if (strings.empty()) refuse("strings", "one Pauli string or more");
  return strings;
}

struct Evaluated {
  double seconds = 0;
  double bytes = 0;
  /// Where no file was named.
  std::unique_ptr<AlignedArray<double>> values;
};

std::vector<std::size_t> tensor_shape(const SubcircuitProgram& program) {
  std::vector<std::size_t> shape(program.legs(), 4);
  shape.push_back(std::size_t{1} << program.outcomes.size());
  return shape;
}

/// Numbers that JavaScript takes over. Tensors that are created from them share them.
Napi::Value hand_over(Napi::Env env, std::unique_ptr<AlignedArray<double>> values) {
  const std::shared_ptr<AlignedArray<double>> owner = std::move(values);
  auto whole = std::make_shared<Tensor>();
  whole->bonds = {{0, owner->size()}};
  whole->values = owner->data();
  whole->owner = owner;
  const auto buffer = Napi::ArrayBuffer::New(
      env, owner->data(), owner->size() * sizeof(double),
      [](Napi::Env, void*, std::shared_ptr<AlignedArray<double>>* held) { delete held; },
      new std::shared_ptr<AlignedArray<double>>(owner));
  buffer.DefineProperty(Napi::PropertyDescriptor::Value(owner_property, wrap_tensor(env, whole)));
  return Napi::Float64Array::New(env, owner->size(), buffer, 0);
}

/// Node ends the process for an array of JavaScript on foreign memory of more than 4 GiB.
void require_one_array(std::size_t size) {
  constexpr std::size_t most = std::size_t{1} << 32;
  if (size <= most / sizeof(double)) return;
  throw Error(ErrorCode::memory, "a subcircuit tensor takes " + format_bytes(size * sizeof(double)) +
                                     ", but in memory it may take at most " + format_bytes(most) +
                                     "; name a run directory to keep it in a file");
}

/// Fills an array, in a .npy file that appears when it is whole, or in memory where no file is named.
template <class Fill>
Evaluated evaluate_into(const std::string& file, Precision precision, std::vector<std::size_t> shape,
                        const Control& control, const Fill& fill) {
  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  const std::size_t size =
      std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<std::size_t>());
  if (file.empty()) {
    require_one_array(size);
    auto values = std::make_unique<AlignedArray<double>>(size);
    fill(values->span());
    return {seconds(), static_cast<double>(size * sizeof(double)), std::move(values)};
  }
  const NpyType type = precision == Precision::single_precision ? NpyType::float32 : NpyType::float64;
  // The disk's room is claimed before the work starts.
  AtomicNpy array(file, type, std::move(shape));
  AlignedArray<double> tensor(size);
  fill(tensor.span());
  constexpr std::size_t piece = std::size_t{1} << 20;
  for (std::size_t first = 0; first < size; first += piece) {
    control.check();
    array.file().write(first,
                       std::span<const double>(tensor.span()).subspan(first, std::min(piece, size - first)));
  }
  array.commit();
  const NpyHeader& header = array.file().header();
  return {seconds(), static_cast<double>(header.data_offset + header.data_bytes()), nullptr};
}

Napi::Value evaluated_object(Napi::Env env, Evaluated& evaluated) {
  Napi::Object result = Napi::Object::New(env);
  result["seconds"] = Napi::Number::New(env, evaluated.seconds);
  result["bytes"] = Napi::Number::New(env, evaluated.bytes);
  if (evaluated.values != nullptr) result["values"] = hand_over(env, std::move(evaluated.values));
  return result;
}

std::string optional_file(const Napi::Object& options) {
  return options.Get("file").IsUndefined() ? std::string() : text(options, "file");
}

Napi::Value evaluate_subcircuit(const Napi::CallbackInfo& info) {
  const Napi::Object options = object_argument(info, 1, "options");
  const auto work = [program = subcircuit_program(object_argument(info, 0, "program")),
                     precision = precision_of(options), file = optional_file(options),
                     compute = Compute(options)] {
    static_cast<void>(tensor_size(program));
    const std::shared_ptr<Backend> backend = compute.backend();
    return evaluate_into(
        file, precision, tensor_shape(program), *compute.control, [&](std::span<double> out) {
          backend->subcircuit_tensor(program, precision, compute.threads, out, *compute.control);
        });
  };
  return AsyncTask<Evaluated>::start(info.Env(), work, evaluated_object);
}

Napi::Value evaluate_reduced(const Napi::CallbackInfo& info) {
  const Napi::Object options = object_argument(info, 1, "options");
  const auto work = [program = subcircuit_program(object_argument(info, 0, "program")),
                     strings = pauli_strings(options.Get("strings")), precision = precision_of(options),
                     file = optional_file(options), compute = Compute(options)] {
    validate(program, strings);
    static_cast<void>(tensor_size(program));
    std::vector<std::size_t> shape = tensor_shape(program);
    shape.insert(shape.begin(), strings.size());
    const std::shared_ptr<Backend> backend = compute.backend();
    return evaluate_into(file, precision, std::move(shape), *compute.control, [&](std::span<double> out) {
      backend->reduced_tensors(program, strings, precision, compute.threads, out, *compute.control);
    });
  };
  return AsyncTask<Evaluated>::start(info.Env(), work, evaluated_object);
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
  exports["evaluateReduced"] = Napi::Function::New(env, [](const Napi::CallbackInfo& info) {
    return promised(info.Env(), [&] { return evaluate_reduced(info); });
  });
  exports["simulateProbabilities"] = Napi::Function::New(env, [](const Napi::CallbackInfo& info) {
    return promised(info.Env(), [&] { return simulate_probabilities(info); });
  });
}

}  // namespace kroncut::addon
