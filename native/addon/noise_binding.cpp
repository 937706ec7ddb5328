#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "addon/arguments.hpp"
#include "addon/async.hpp"
#include "addon/bindings.hpp"
#include "core/aligned.hpp"
#include "core/error.hpp"
#include "simulate/density.hpp"
#include "simulate/trajectories.hpp"

namespace kroncut::addon {
namespace {

/// The elements of a typed array; `wanted` says which kind it must be.
template <class Array>
std::span<const typename Array::value_type> elements(const Napi::Object& object, const char* name,
                                                     napi_typedarray_type type, const char* wanted) {
  const Napi::Value value = object.Get(name);
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != type) refuse(name, wanted);
  const auto array = value.As<typename Array::array_type>();
  return {array.Data(), array.ElementLength()};
}

struct Integers {
  using array_type = Napi::Int32Array;
  using value_type = std::int32_t;
};
struct Numbers {
  using array_type = Napi::Float64Array;
  using value_type = double;
};

std::span<const std::int32_t> integers(const Napi::Object& object, const char* name) {
  return elements<Integers>(object, name, napi_int32_array, "an Int32Array");
}
std::span<const double> numbers(const Napi::Object& object, const char* name) {
  return elements<Numbers>(object, name, napi_float64_array, "a Float64Array");
}

/// Three integers a step, its kind and its qubits, and 32 numbers: the matrix, or the rates of noise.
std::vector<NoisyStep> read_steps(const Napi::Object& program) {
  constexpr std::size_t targets_each = 3;
  constexpr std::size_t numbers_each = 32;
  const auto targets = integers(program, "steps");
  const auto values = numbers(program, "values");
  const std::size_t count = targets.size() / targets_each;
  if (targets.size() % targets_each != 0) refuse("steps", "three numbers per step");
  if (values.size() != count * numbers_each) refuse("values", "32 numbers per step");
  std::vector<NoisyStep> result(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto target = targets.subspan(targets_each * i, targets_each);
    const auto own = values.subspan(numbers_each * i, numbers_each);
    if (target[0] < 0 || target[0] > 3) refuse("steps", "a map, damping, depolarizing or a measurement");
    NoisyStep& step = result[i];
    step.kind = static_cast<NoisyStep::Kind>(target[0]);
    step.gate.first = target[1];
    step.gate.second = target[2];
    for (const double number : own) {
      if (!std::isfinite(number)) refuse("values", "finite");
    }
    if (step.kind == NoisyStep::Kind::map) {
      for (std::size_t k = 0; k < numbers_each / 2; ++k) step.gate.matrix[k] = {own[2 * k], own[2 * k + 1]};
    } else {
      step.rates = {own[0], own[1]};
    }
  }
  return result;
}

std::vector<NoisyStep> range(const std::vector<NoisyStep>& steps, std::int32_t begin, std::int32_t end) {
  if (begin < 0 || end < begin || static_cast<std::size_t>(end) > steps.size()) {
    refuse("items", "ranges of the steps");
  }
  return {steps.begin() + begin, steps.begin() + end};
}

/// See `NoisyArrays` in src/native/noise.ts.
NoisyProgram noisy_program(const Napi::Object& arrays) {
  NoisyProgram program;
  program.qubits = integer(arrays, "qubits", 0);
  program.trailing = integer(arrays, "trailing", 0);
  const std::vector<NoisyStep> steps = read_steps(arrays);
  const auto outcomes = integers(arrays, "outcomes");
  program.outcomes.assign(outcomes.begin(), outcomes.end());
  constexpr std::size_t item_numbers = 4;
  const auto items = integers(arrays, "items");
  if (items.size() % item_numbers != 0) refuse("items", "four numbers per item");
  for (std::size_t i = 0; i < items.size(); i += item_numbers) {
    program.items.push_back({items[i], items[i + 1], range(steps, items[i + 2], items[i + 3])});
  }
  const auto settings = integers(arrays, "settings");
  for (std::size_t i = 0; i < settings.size();) {
    // The end, the qubit that is read, the number of places, and two numbers for each of them.
    if (settings.size() < i + 3) refuse("settings", "whole settings");
    const std::int32_t end = settings[i];
    NoisySetting setting{{}, settings[i + 1]};
    const std::int32_t places = settings[i + 2];
    i += 3;
    if (end < 0 || places < 0 || settings.size() - i < 2 * static_cast<std::size_t>(places)) {
      refuse("settings", "whole settings");
    }
    for (std::int32_t place = 0; place < places; ++place, i += 2) {
      setting.places.push_back(range(steps, settings[i], settings[i + 1]));
    }
    const auto at = static_cast<std::size_t>(end);
    if (at > program.ends.size()) refuse("settings", "in the order of the ends");
    if (at == program.ends.size()) program.ends.emplace_back();
    program.ends[at].push_back(std::move(setting));
  }
  validate(program);
  return program;
}

Napi::Value noisy_frequencies(const Napi::CallbackInfo& info) {
  using Result = std::unique_ptr<AlignedArray<double>>;
  const Napi::Object options = object_argument(info, 1, "options");
  const auto work = [program = noisy_program(object_argument(info, 0, "program")),
                     compute = Compute(options)]() -> Result {
    auto values = std::make_unique<AlignedArray<double>>(frequencies_size(program));
    density_frequencies(program, compute.threads, values->span(), *compute.control);
    return values;
  };
  return AsyncTask<Result>::start(info.Env(), work, [](Napi::Env env, Result& values) -> Napi::Value {
    auto array = Napi::Float64Array::New(env, values->size());
    std::copy_n(values->data(), values->size(), array.Data());
    return array;
  });
}

Napi::Value noisy_draws(const Napi::CallbackInfo& info) {
  using Result = std::vector<DrawnCounts>;
  const Napi::Object options = object_argument(info, 1, "options");
  NoisyProgram program = noisy_program(object_argument(info, 0, "program"));
  const auto settings = integers(options, "settings");
  const auto shots = numbers(options, "shots");
  const auto seeds = numbers(options, "seeds");
  const std::size_t ends = program.ends.size();
  if (settings.size() != shots.size() * ends) refuse("settings", "one for each end and subexperiment");
  if (seeds.size() != shots.size()) refuse("seeds", "one for each subexperiment");
  std::vector<DrawnSubexperiment> each(shots.size());
  constexpr double most = 0x1p53;
  for (std::size_t i = 0; i < each.size(); ++i) {
    if (!(shots[i] >= 0 && shots[i] <= most)) refuse("shots", "whole numbers from 0 to 2^53");
    if (!(seeds[i] >= 0 && seeds[i] <= most)) refuse("seeds", "whole numbers from 0 to 2^53");
    const auto own = settings.subspan(ends * i, ends);
    each[i] = {
        {own.begin(), own.end()}, static_cast<std::uint64_t>(shots[i]), static_cast<std::uint64_t>(seeds[i])};
  }
  const auto work = [program = std::move(program), each = std::move(each), compute = Compute(options)] {
    return draw_trajectories(program, each, compute.threads, *compute.control);
  };
  return AsyncTask<Result>::start(info.Env(), work, [](Napi::Env env, Result& drawn) -> Napi::Value {
    std::size_t total = 0;
    for (const DrawnCounts& counts : drawn) total += counts.size();
    auto begin = Napi::Float64Array::New(env, drawn.size() + 1);
    auto outcomes = Napi::Float64Array::New(env, total);
    auto counts = Napi::Float64Array::New(env, total);
    std::size_t at = 0;
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      begin[i] = static_cast<double>(at);
      for (const auto& [outcome, count] : drawn[i]) {
        outcomes[at] = static_cast<double>(outcome);
        counts[at++] = static_cast<double>(count);
      }
    }
    begin[drawn.size()] = static_cast<double>(at);
    Napi::Object result = Napi::Object::New(env);
    result["begin"] = begin;
    result["outcomes"] = outcomes;
    result["counts"] = counts;
    return result;
  });
}

}  // namespace

void register_noise(Napi::Env env, Napi::Object exports) {
  exports["noisyFrequencies"] = Napi::Function::New(env, [](const Napi::CallbackInfo& info) {
    return promised(info.Env(), [&] { return noisy_frequencies(info); });
  });
  exports["noisyDraws"] = Napi::Function::New(env, [](const Napi::CallbackInfo& info) {
    return promised(info.Env(), [&] { return noisy_draws(info); });
  });
}

}  // namespace kroncut::addon
