/// Contraction trees: many values, or samples, in one call.
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "addon/arguments.hpp"
#include "addon/async.hpp"
#include "addon/bindings.hpp"
#include "contract/tree/tensor_tree.hpp"

namespace kroncut::addon {
namespace {

std::shared_ptr<const TensorTree> read_tree(const Napi::Value& leaves, const Napi::Value& joins) {
  if (!leaves.IsArray()) refuse("leaves", "an array of arrays of tensors");
  const auto lists = leaves.As<Napi::Array>();
  std::vector<std::vector<TensorTree::TensorPtr>> tensors(lists.Length());
  for (std::uint32_t i = 0; i < lists.Length(); ++i) {
    const Napi::Value list = lists.Get(i);
    if (!list.IsArray()) refuse("leaves", "an array of arrays of tensors");
    const auto handles = list.As<Napi::Array>();
    for (std::uint32_t j = 0; j < handles.Length(); ++j) {
      tensors[i].push_back(unwrap_tensor(handles.Get(j)));
    }
  }
  const std::vector<int> numbers = read_integers(joins);
  std::vector<TensorTree::Join> pairs;
  for (std::size_t i = 0; i + 1 < numbers.size(); i += 2) {
    if (numbers[i] < 0 || numbers[i + 1] < 0) refuse("joins", "pairs of nodes");
    pairs.push_back({static_cast<std::size_t>(numbers[i]), static_cast<std::size_t>(numbers[i + 1])});
  }
  return std::make_shared<const TensorTree>(std::move(tensors), pairs);
}

/// Whole numbers of a Float64Array.
std::vector<std::uint64_t> read_outcomes(const Napi::Value& value) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array) {
    refuse("outcomes", "a Float64Array");
  }
  const auto array = value.As<Napi::Float64Array>();
  std::vector<std::uint64_t> result(array.ElementLength());
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (!(array[i] >= 0 && array[i] <= 9007199254740992.0))
      refuse("outcomes", "whole numbers from 0 to 2^53");
    result[i] = static_cast<std::uint64_t>(array[i]);
  }
  return result;
}

std::vector<std::uint32_t> read_choices(const Napi::Value& value) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint32_array) {
    refuse("choices", "a Uint32Array");
  }
  const auto array = value.As<Napi::Uint32Array>();
  return {array.Data(), array.Data() + array.ElementLength()};
}

Napi::Value tree_values(const Napi::CallbackInfo& info) {
  return promised(info.Env(), [&]() -> Napi::Value {
    const auto tree = read_tree(info[0], info[1]);
    const Napi::Object options = object_argument(info, 2, "options");
    const Compute compute(options);
    auto choices = read_choices(options.Get("choices"));
    auto outcomes = read_outcomes(options.Get("outcomes"));
    return AsyncTask<std::vector<double>>::start(
        info.Env(),
        [=, choices = std::move(choices), outcomes = std::move(outcomes)] {
          return tree->values(choices, outcomes, compute.threads, *compute.control);
        },
        [](Napi::Env env, std::vector<double>& values) { return to_array(env, values); });
  });
}

Napi::Value tree_samples(const Napi::CallbackInfo& info) {
  return promised(info.Env(), [&]() -> Napi::Value {
    const auto tree = read_tree(info[0], info[1]);
    const Napi::Object options = object_argument(info, 2, "options");
    const Compute compute(options);
    const std::uint64_t seed = read_count(options.Get("seed"), "seed");
    const std::uint64_t begin = read_count(options.Get("begin"), "begin");
    const std::uint64_t end = read_count(options.Get("end"), "end");
    return AsyncTask<std::vector<std::uint64_t>>::start(
        info.Env(), [=] { return tree->draw(seed, begin, end, compute.threads, *compute.control); },
        [](Napi::Env env, std::vector<std::uint64_t>& outcomes) -> Napi::Value {
          auto array = Napi::Float64Array::New(env, outcomes.size());
          for (std::size_t i = 0; i < outcomes.size(); ++i) array[i] = static_cast<double>(outcomes[i]);
          return array;
        });
  });
}

}  // namespace

void register_tree(Napi::Env env, Napi::Object exports) {
  exports["treeValues"] = Napi::Function::New(env, tree_values);
  exports["treeSamples"] = Napi::Function::New(env, tree_samples);
}

}  // namespace kroncut::addon
