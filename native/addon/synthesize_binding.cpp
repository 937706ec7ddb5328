#include <cmath>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "addon/async.hpp"
#include "addon/bindings.hpp"
#include "device/backend.hpp"
#include "synthesize/problem/linear.hpp"

namespace kroncut::addon {
namespace {

namespace syn = synthesize;

[[noreturn]] void refuse(std::string_view name, const std::string& wanted) {
  throw Error(ErrorCode::usage, std::string(name) + " must be " + wanted);
}

Napi::Object object_of(const Napi::Value& value, std::string_view name) {
  if (!value.IsObject()) refuse(name, "an object");
  return value.As<Napi::Object>();
}

int integer(const Napi::Value& value, std::string_view name) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : std::nan("");
  constexpr double most = 1 << 30;
  if (!(std::abs(number) <= most) || number != std::floor(number)) refuse(name, "a whole number");
  return static_cast<int>(number);
}

std::string text(const Napi::Value& value, std::string_view name) {
  if (!value.IsString()) refuse(name, "a string");
  return value.As<Napi::String>().Utf8Value();
}

std::span<const double> numbers(const Napi::Value& value, std::string_view name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array) {
    refuse(name, "a Float64Array");
  }
  const auto array = value.As<Napi::Float64Array>();
  return {array.Data(), array.ElementLength()};
}

std::vector<syn::Complex> complex_numbers(const Napi::Value& value, std::string_view name) {
  const std::span<const double> parts = numbers(value, name);
  if (parts.size() % 2 != 0) refuse(name, "pairs of a real and an imaginary part");
  std::vector<syn::Complex> result(parts.size() / 2);
  for (std::size_t k = 0; k < result.size(); ++k) result[k] = {parts[2 * k], parts[2 * k + 1]};
  return result;
}

syn::GateKind kind_of(const std::string& name) {
  static const std::vector<std::pair<std::string, syn::GateKind>> kinds = {
      {"free", syn::GateKind::free},
      {"u3", syn::GateKind::u3},
      {"rx", syn::GateKind::rx},
      {"ry", syn::GateKind::ry},
      {"rz", syn::GateKind::rz},
      {"rxx", syn::GateKind::rxx},
      {"ryy", syn::GateKind::ryy},
      {"rzz", syn::GateKind::rzz},
      {"cx", syn::GateKind::cx},
      {"cz", syn::GateKind::cz},
      {"constant", syn::GateKind::constant}};
  for (const auto& [known, kind] : kinds) {
    if (known == name) return kind;
  }
  refuse("a template gate's kind",
         "free, u3, rx, ry, rz, rxx, ryy, rzz, cx, cz or constant, not '" + name + "'");
}

syn::TemplateGate gate_of(const Napi::Value& value) {
  const Napi::Object object = object_of(value, "a template gate");
  syn::TemplateGate gate;
  gate.kind = kind_of(text(object.Get("kind"), "a template gate's kind"));
  const Napi::Value qubits = object.Get("qubits");
  if (!qubits.IsArray()) refuse("a template gate's qubits", "an array");
  const auto list = qubits.As<Napi::Array>();
  if (list.Length() < 1 || list.Length() > 3) refuse("a template gate's qubits", "one to three qubits");
  gate.arity = static_cast<int>(list.Length());
  for (std::uint32_t j = 0; j < list.Length(); ++j)
    gate.qubits[j] = integer(list.Get(j), "a template gate's qubit");
  const Napi::Value matrix = object.Get("matrix");
  if (!matrix.IsUndefined()) gate.matrix = complex_numbers(matrix, "a template gate's matrix");
  return gate;
}

/// Gates u3 (one qubit) and cx as pairs of numbers: the qubits, the second -1 where there is none.
std::vector<syn::TemplateGate> gates_of_pairs(const Napi::Value& value) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_int32_array ||
      value.As<Napi::Int32Array>().ElementLength() % 2 != 0) {
    refuse("template.pairs", "an Int32Array of two numbers for each gate");
  }
  const auto array = value.As<Napi::Int32Array>();
  const std::span<const std::int32_t> numbers(array.Data(), array.ElementLength());
  std::vector<syn::TemplateGate> gates(numbers.size() / 2);
  for (std::size_t k = 0; k < gates.size(); ++k) {
    const bool controlled = numbers[2 * k + 1] >= 0;
    gates[k].kind = controlled ? syn::GateKind::cx : syn::GateKind::u3;
    gates[k].arity = controlled ? 2 : 1;
    gates[k].qubits = {numbers[2 * k], controlled ? numbers[2 * k + 1] : 0, 0};
  }
  return gates;
}

syn::Template template_of(const Napi::Value& value) {
  const Napi::Object object = object_of(value, "template");
  syn::Template result;
  result.qubits = integer(object.Get("qubits"), "template.qubits");
  const Napi::Value pairs = object.Get("pairs");
  if (!pairs.IsUndefined()) {
    result.gates = gates_of_pairs(pairs);
  } else {
    const Napi::Value gates = object.Get("gates");
    if (!gates.IsArray()) refuse("template.gates", "an array");
    const auto list = gates.As<Napi::Array>();
    for (std::uint32_t k = 0; k < list.Length(); ++k) {
      const Napi::HandleScope scope(value.Env());
      result.gates.push_back(gate_of(list.Get(k)));
    }
  }
  const Napi::Value parameters = object.Get("parameters");
  if (!parameters.IsUndefined()) {
    const std::span<const double> values = numbers(parameters, "template.parameters");
    result.parameters.assign(values.begin(), values.end());
  }
  return result;
}

syn::TargetKind target_kind(const Napi::Value& value, const std::string& name) {
  const std::string kind = text(value, name);
  if (kind != "unitary" && kind != "state") refuse(name, "'unitary' or 'state', not '" + kind + "'");
  return kind == "state" ? syn::TargetKind::state : syn::TargetKind::unitary;
}

syn::Target target_of(const Napi::Value& value) {
  const Napi::Object object = object_of(value, "target");
  syn::Target target;
  target.qubits = integer(object.Get("qubits"), "target.qubits");
  target.kind = target_kind(object.Get("kind"), "target.kind");
  target.values = complex_numbers(object.Get("values"), "target.values");
  return target;
}

syn::Method method_of(const std::string& name) {
  if (name == "auto") return syn::Method::automatic;
  if (name == "qfactor") return syn::Method::qfactor;
  if (name == "lm") return syn::Method::lm;
  if (name == "qfactor-sample") return syn::Method::qfactor_sample;
  refuse("method", "'auto', 'qfactor', 'lm' or 'qfactor-sample', not '" + name + "'");
}

const char* method_name(syn::Method method) {
  if (method == syn::Method::qfactor) return "qfactor";
  return method == syn::Method::lm ? "lm" : "qfactor-sample";
}

void read(const Napi::Object& object, const char* name, int& value) {
  const Napi::Value given = object.Get(name);
  if (!given.IsUndefined()) value = integer(given, name);
}

void read(const Napi::Object& object, const char* name, double& value) {
  const Napi::Value given = object.Get(name);
  if (given.IsUndefined()) return;
  if (!given.IsNumber()) refuse(name, "a number");
  value = given.As<Napi::Number>().DoubleValue();
}

void read(const Napi::Object& object, const char* name, bool& value) {
  const Napi::Value given = object.Get(name);
  if (given.IsUndefined()) return;
  if (!given.IsBoolean()) refuse(name, "true or false");
  value = given.As<Napi::Boolean>().Value();
}

std::uint64_t seed_of(const Napi::Value& value) {
  constexpr double most = 9007199254740991;
  if (value.IsUndefined()) return 0;
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : std::nan("");
  if (!(number >= 0 && number <= most) || number != std::floor(number))
    refuse("seed", "a whole number of at least 0");
  return static_cast<std::uint64_t>(number);
}

syn::Options options_of(const Napi::Object& object) {
  syn::Options options;
  options.threads = integer(object.Get("threads"), "threads");
  const Napi::Value method = object.Get("method");
  if (!method.IsUndefined()) options.method = method_of(text(method, "method"));
  options.seed = seed_of(object.Get("seed"));
  read(object, "multistarts", options.multistarts);
  read(object, "distTol", options.dist_tol);
  read(object, "polish", options.polish);
  read(object, "maxIters", options.max_iters);
  read(object, "minIters", options.min_iters);
  read(object, "diffTolA", options.diff_tol_a);
  read(object, "diffTolR", options.diff_tol_r);
  read(object, "diffTolStepR", options.diff_tol_step_r);
  read(object, "diffTolStep", options.diff_tol_step);
  read(object, "resetIter", options.reset_iter);
  read(object, "beta", options.beta);
  read(object, "trainingStates", options.training_states);
  read(object, "validationStates", options.validation_states);
  read(object, "overtrainRatio", options.overtrain_ratio);
  read(object, "allStarts", options.all_starts);
  read(object, "firstSuccess", options.first_success);
  read(object, "deviceShare", options.device_share);
  syn::check_options(options);
  return options;
}

std::string device_of(const Napi::Object& object) {
  const Napi::Value device = object.Get("device");
  return device.IsUndefined() ? "cpu" : text(device, "device");
}

Napi::Float64Array numbers_to_js(Napi::Env env, const double* values, std::size_t count) {
  Napi::Float64Array array = Napi::Float64Array::New(env, count);
  std::copy_n(values, count, array.Data());
  return array;
}

Napi::Value found_to_js(Napi::Env env, const syn::Result& result) {
  Napi::Object object = Napi::Object::New(env);
  object["success"] = Napi::Boolean::New(env, result.success);
  object["distance"] = Napi::Number::New(env, result.distance);
  object["parameters"] = numbers_to_js(env, result.parameters.data(), result.parameters.size());
  object["method"] = Napi::String::New(env, method_name(result.method));
  object["iterations"] = Napi::Number::New(env, result.iterations);
  object["totalIterations"] = Napi::Number::New(env, static_cast<double>(result.total_iterations));
  object["start"] = Napi::Number::New(env, result.start);
  object["distances"] = numbers_to_js(env, result.distances.data(), result.distances.size());
  return object;
}

Napi::Value instantiate(const Napi::CallbackInfo& info) {
  const Napi::Object given = object_of(info[2], "options");
  syn::Target target = target_of(info[0]);
  syn::Template pattern = template_of(info[1]);
  const syn::Options options = options_of(given);
  const std::shared_ptr<Control> control = unwrap_control(given.Get("control"));
  return AsyncTask<syn::Result>::start(
      info.Env(),
      [target = std::move(target), pattern = std::move(pattern), options, control,
       device = device_of(given)] {
        const std::span<const syn::Template> patterns(&pattern, 1);
        auto results = make_backend(device)->instantiate_many(target, patterns, options, *control);
        return std::move(*results[0]);
      },
      found_to_js);
}

Napi::Value instantiate_many(const Napi::CallbackInfo& info) {
  using Results = std::vector<std::optional<syn::Result>>;
  const Napi::Object given = object_of(info[2], "options");
  syn::Target target = target_of(info[0]);
  if (!info[1].IsArray()) refuse("templates", "an array");
  const auto list = info[1].As<Napi::Array>();
  std::vector<syn::Template> patterns;
  for (std::uint32_t k = 0; k < list.Length(); ++k) patterns.push_back(template_of(list.Get(k)));
  const syn::Options options = options_of(given);
  const std::shared_ptr<Control> control = unwrap_control(given.Get("control"));
  return AsyncTask<Results>::start(
      info.Env(),
      [target = std::move(target), patterns = std::move(patterns), options, control,
       device = device_of(given)] {
        return make_backend(device)->instantiate_many(target, patterns, options, *control);
      },
      [](Napi::Env env, Results& results) {
        Napi::Array array = Napi::Array::New(env, results.size());
        for (std::uint32_t k = 0; k < results.size(); ++k) {
          array.Set(k, results[k].has_value() ? found_to_js(env, *results[k]) : env.Null());
        }
        return array.As<Napi::Value>();
      });
}

/// A template with all its values.
struct Complete {
  explicit Complete(const Napi::Value& value) {
    const syn::Template pattern = template_of(value);
    plan = syn::make_plan(pattern);
    matrices = syn::to_matrices(plan, pattern.parameters);
  }
  syn::Plan plan;
  syn::Matrices matrices;
};

Napi::Value composite_unitary(const Napi::CallbackInfo& info) {
  const Complete complete(info[0]);
  const std::vector<syn::Complex> values = syn::composite(complete.plan, complete.matrices);
  return numbers_to_js(info.Env(), reinterpret_cast<const double*>(values.data()), 2 * values.size());
}

Napi::Value synthesis_distance(const Napi::CallbackInfo& info) {
  const syn::Target target = target_of(info[0]);
  const Complete complete(info[1]);
  syn::check_target(target, complete.plan.qubits);
  return Napi::Number::New(info.Env(), syn::distance(target, complete.plan, complete.matrices));
}

Napi::Value instantiation_memory(const Napi::CallbackInfo& info) {
  const syn::Plan plan = syn::make_plan(template_of(info[0]));
  const Napi::Object given = object_of(info[1], "options");
  const syn::TargetKind kind = target_kind(given.Get("kind"), "kind");
  int templates = 1;
  read(given, "templates", templates);
  if (templates < 1) refuse("templates", "a whole number of at least 1");
  const syn::Need need =
      make_backend(device_of(given))
          ->instantiation_need(plan, kind, static_cast<std::size_t>(templates), options_of(given));
  Napi::Object result = Napi::Object::New(info.Env());
  result["call"] = Napi::Number::New(info.Env(), static_cast<double>(need.call));
  result["thread"] = Napi::Number::New(info.Env(), static_cast<double>(need.thread));
  result["tasks"] = Napi::Number::New(info.Env(), need.tasks);
  result["polishes"] = Napi::Boolean::New(info.Env(), need.polishes);
  result["start"] = Napi::Number::New(info.Env(), static_cast<double>(need.start));
  return result;
}

template <Napi::Value (*Function)(const Napi::CallbackInfo&)>
Napi::Value call(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return Function(info); });
}

}  // namespace

void register_synthesize(Napi::Env env, Napi::Object exports) {
  exports["instantiate"] = Napi::Function::New(env, call<instantiate>);
  exports["instantiateMany"] = Napi::Function::New(env, call<instantiate_many>);
  exports["instantiationMemory"] = Napi::Function::New(env, call<instantiation_memory>);
  exports["compositeUnitary"] = Napi::Function::New(env, call<composite_unitary>);
  exports["synthesisDistance"] = Napi::Function::New(env, call<synthesis_distance>);
}

}  // namespace kroncut::addon
