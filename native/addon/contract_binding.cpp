#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "addon/arguments.hpp"
#include "addon/async.hpp"
#include "addon/bindings.hpp"
#include "contract/consumers.hpp"
#include "contract/entropy.hpp"
#include "contract/last_step.hpp"
#include "contract/network.hpp"
#include "contract/shrink.hpp"
#include "core/npy.hpp"

namespace kroncut::addon {
namespace {

std::vector<int> read_integers(const Napi::Value& value) {
  if (!value.IsArray()) throw Error(ErrorCode::usage, "labels, bits and orders must be arrays of numbers");
  const auto array = value.As<Napi::Array>();
  std::vector<int> result(array.Length());
  for (std::uint32_t i = 0; i < array.Length(); ++i) result[i] = array.Get(i).ToNumber().Int32Value();
  return result;
}

/// A whole number that JavaScript holds exactly.
std::uint64_t read_count(const Napi::Value& value, const char* name) {
  const double number = value.ToNumber().DoubleValue();
  if (!(number >= 0 && number <= 9007199254740992.0) || number != std::floor(number)) {
    throw Error(ErrorCode::input, std::string(name) + " must be a whole number from 0 to 2^53");
  }
  return static_cast<std::uint64_t>(number);
}

Napi::Value to_array(Napi::Env env, const std::vector<double>& values) {
  auto array = Napi::Float64Array::New(env, values.size());
  if (!values.empty()) std::memcpy(array.Data(), values.data(), values.size() * sizeof(double));
  return array;
}

Napi::Value tensor_or_reject(Napi::Env env, Tensor& tensor) {
  return wrap_tensor(env, std::make_shared<const Tensor>(std::move(tensor)));
}

NpyType read_precision(const Napi::Value& value) {
  const std::string precision = value.ToString().Utf8Value();
  if (precision == "double") return NpyType::float64;
  if (precision == "single") return NpyType::float32;
  throw Error(ErrorCode::usage, "no such precision: " + precision + "; use single or double");
}

Napi::Value open(const Napi::CallbackInfo& info) {
  return promised(info.Env(), [&]() -> Napi::Value {
    const std::string file = info[0].ToString().Utf8Value();
    const auto labels = read_integers(info[1]);
    const auto bits = read_integers(info[2]);
    return AsyncTask<Tensor>::start(
        info.Env(), [=] { return open_tensor(file, labels, bits); }, tensor_or_reject);
  });
}

Napi::Value create(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    std::vector<Bond> bonds;
    const auto array = info[0].As<Napi::Array>();
    for (std::uint32_t i = 0; i < array.Length(); ++i) {
      const auto bond = array.Get(i).As<Napi::Object>();
      bonds.push_back({bond.Get("label").ToNumber().Int32Value(), read_count(bond.Get("extent"), "extent")});
    }
    const auto values = info[2].As<Napi::Float64Array>();
    Tensor shape;
    shape.bonds = bonds;
    shape.bits = read_integers(info[1]);
    // Divided, not multiplied: a product of extents may wrap around.
    std::size_t left = values.ElementLength();
    bool fits = shape.bits.size() <= 40 && left % shape.outcome_size() == 0;
    if (fits) left /= shape.outcome_size();
    for (const Bond& bond : bonds) {
      fits = fits && bond.extent > 0 && left % bond.extent == 0;
      if (fits) left /= bond.extent;
    }
    if (!fits || left != 1) {
      throw Error(ErrorCode::input, "a tensor was given " + std::to_string(values.ElementLength()) +
                                        " values, which does not fit its bonds and bits");
    }
    NewTensor made = allocate_tensor(std::move(shape.bonds), std::move(shape.bits));
    std::memcpy(made.values, values.Data(), values.ByteLength());
    return tensor_or_reject(info.Env(), made.tensor);
  });
}

Napi::Value tensor_info(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto tensor = unwrap_tensor(info[0]);
  Napi::Array bonds = Napi::Array::New(env);
  for (const Bond& bond : tensor->bonds) {
    Napi::Object entry = Napi::Object::New(env);
    entry["label"] = Napi::Number::New(env, bond.label);
    entry["extent"] = Napi::Number::New(env, static_cast<double>(bond.extent));
    bonds[bonds.Length()] = entry;
  }
  Napi::Array bits = Napi::Array::New(env);
  for (const int bit : tensor->bits) bits[bits.Length()] = Napi::Number::New(env, bit);
  Napi::Object result = Napi::Object::New(env);
  result["bonds"] = bonds;
  result["bits"] = bits;
  result["bytes"] = Napi::Number::New(env, static_cast<double>(tensor->size() * sizeof(double)));
  return result;
}

Napi::Value read(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto tensor = unwrap_tensor(info[0]);
    const std::uint64_t offset = read_count(info[1], "offset");
    const std::uint64_t count = read_count(info[2], "count");
    if (offset > tensor->size() || count > tensor->size() - offset) {
      throw Error(ErrorCode::input, "values " + std::to_string(offset) + " to " +
                                        std::to_string(offset + count) + " are not all in a tensor of " +
                                        std::to_string(tensor->size()));
    }
    auto array = Napi::Float64Array::New(info.Env(), count);
    if (count > 0) std::memcpy(array.Data(), tensor->values + offset, count * sizeof(double));
    return array;
  });
}

BitAction read_action(const std::string& name) {
  if (name == "keep") return BitAction::keep;
  if (name == "sum") return BitAction::sum;
  if (name == "fix0") return BitAction::fix0;
  if (name == "fix1") return BitAction::fix1;
  if (name == "weigh") return BitAction::weigh;
  throw Error(ErrorCode::usage, "no such action: " + name + "; use keep, sum, fix0, fix1 or weigh");
}

Napi::Value reduce_tensor(const Napi::CallbackInfo& info) {
  return promised(info.Env(), [&]() -> Napi::Value {
    const auto tensor = unwrap_tensor(info[0]);
    const auto names = info[1].As<Napi::Array>();
    std::vector<BitAction> actions;
    for (std::uint32_t i = 0; i < names.Length(); ++i) {
      actions.push_back(read_action(names.Get(i).ToString().Utf8Value()));
    }
    const Compute compute(object_argument(info, 2, "options"));
    return AsyncTask<Tensor>::start(
        info.Env(), [=] { return reduce(*tensor, actions, compute.threads, *compute.control); },
        tensor_or_reject);
  });
}

Napi::Value contract_tensors(const Napi::CallbackInfo& info) {
  return promised(info.Env(), [&]() -> Napi::Value {
    const auto left = unwrap_tensor(info[0]);
    const auto right = unwrap_tensor(info[1]);
    const Compute compute(object_argument(info, 2, "options"));
    const auto work = [=] {
      const auto backend = compute.backend();
      const Multiply multiply_on_device = [&](std::size_t rows, std::size_t columns, std::size_t inner,
                                              const double* a, const double* b, double* c) {
        backend->multiply(rows, columns, inner, a, b, c, compute.threads, *compute.control);
      };
      return contract(*left, *right, multiply_on_device, compute.threads, *compute.control);
    };
    return AsyncTask<Tensor>::start(info.Env(), work, tensor_or_reject);
  });
}

/// The options of streamProduct, read on the event loop.
struct Request {
  Compute compute;
  std::shared_ptr<const Tensor> left;
  std::shared_ptr<const Tensor> right;
  std::vector<int> order;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t slice_size = 1;
  std::optional<std::string> file;
  std::optional<std::uint64_t> file_offset;
  std::optional<std::size_t> top;
  bool moments = false;
  bool values = false;
  std::shared_ptr<const Tensor> reference;
  bool entropy = false;
  std::shared_ptr<const Tensor> weights;
  std::uint64_t weights_offset = 0;
  double bond_tolerance = 0;
};

struct Moments {
  std::vector<double> slice_sums;
  double min = 0;
  double max = 0;
};

struct Answer {
  std::optional<std::vector<TopEntry>> top;
  std::optional<Moments> moments;
  std::optional<ComparisonResult> comparison;
  std::optional<EntropyResult> entropy;
  std::optional<std::vector<double>> values;
  Shrinking shrinking;
};

Request read_request(const Napi::CallbackInfo& info) {
  const Napi::Object options = object_argument(info, 2, "options");
  Request request{.compute = Compute(options),
                  .left = unwrap_tensor(info[0]),
                  .right = unwrap_tensor(info[1]),
                  .order = {},
                  .file = {},
                  .file_offset = {},
                  .top = {},
                  .reference = {},
                  .weights = {}};
  request.order = read_integers(options.Get("order"));
  request.begin = read_count(options.Get("begin"), "begin");
  request.end = read_count(options.Get("end"), "end");
  request.slice_size = read_count(options.Get("sliceSize"), "sliceSize");
  if (!std::has_single_bit(request.slice_size) || request.begin % request.slice_size != 0 ||
      request.end % request.slice_size != 0 || request.begin > request.end) {
    throw Error(ErrorCode::input,
                "sliceSize must be a power of two, and begin and end multiples of it with begin <= end");
  }
  if (options.Get("file").IsObject()) {
    const auto file = options.Get("file").As<Napi::Object>();
    request.file = file.Get("path").ToString().Utf8Value();
    if (file.Get("offset").IsNumber()) request.file_offset = read_count(file.Get("offset"), "file.offset");
  }
  if (options.Get("top").IsObject()) {
    request.top = read_count(options.Get("top").As<Napi::Object>().Get("count"), "top.count");
  }
  if (options.Get("bondTolerance").IsNumber()) {
    request.bond_tolerance = options.Get("bondTolerance").ToNumber().DoubleValue();
  }
  request.moments = options.Get("moments").ToBoolean();
  request.values = options.Get("values").ToBoolean();
  if (options.Get("compare").IsObject()) {
    request.reference = unwrap_tensor(options.Get("compare").As<Napi::Object>().Get("reference"));
    if (request.reference->bits.size() != request.order.size()) {
      throw Error(ErrorCode::input, "the reference to compare with must have as many bits as the answer");
    }
  }
  if (options.Get("entropy").IsObject()) {
    const auto entropy = options.Get("entropy").As<Napi::Object>();
    request.entropy = true;
    if (entropy.Get("weights").IsExternal()) request.weights = unwrap_tensor(entropy.Get("weights"));
    if (entropy.Get("offset").IsNumber())
      request.weights_offset = read_count(entropy.Get("offset"), "offset");
  }
  return request;
}

Answer answer(const Request& request) {
  const int threads = request.compute.threads;
  Control& control = *request.compute.control;
  const auto backend = request.compute.backend();
  PreparedProduct prepared = prepare_product(request.left, request.right, request.order, threads, control);
  const Shrinking shrinking = shrink_product(prepared, request.bond_tolerance, threads, control);

  std::vector<Consumer*> consumers;
  std::optional<NpyFile> array_file;
  std::optional<FileConsumer> file;
  std::optional<TopConsumer> top;
  std::optional<MomentsConsumer> moments;
  std::optional<CompareConsumer> compare;
  std::optional<EntropyConsumer> entropy;
  std::optional<ValuesConsumer> values;
  if (request.file) {
    array_file = NpyFile::open(*request.file);
    const std::uint64_t outcomes = std::uint64_t{1} << prepared.bits;
    const std::uint64_t offset = request.file_offset.value_or(0);
    const std::uint64_t size = array_file->header().size();
    const bool fits = request.file_offset ? offset <= size && outcomes <= size - offset : outcomes == size;
    if (!fits) {
      throw Error(ErrorCode::input, *request.file + " holds " + std::to_string(size) +
                                        " values, which does not fit the answer's " +
                                        std::to_string(outcomes) + " from position " +
                                        std::to_string(offset));
    }
    consumers.push_back(&file.emplace(*array_file, threads, offset));
  }
  if (request.top) consumers.push_back(&top.emplace(*request.top, threads));
  if (request.moments) {
    consumers.push_back(&moments.emplace(request.begin, request.end, request.slice_size, threads));
  }
  if (request.reference) {
    consumers.push_back(
        &compare.emplace(request.reference, request.begin, request.end, request.slice_size, threads));
  }
  if (request.entropy) {
    consumers.push_back(&entropy.emplace(request.weights, request.weights_offset, request.begin, request.end,
                                         request.slice_size, threads));
  }
  if (request.values) consumers.push_back(&values.emplace(request.begin, request.end));
  FanOut fan_out(std::move(consumers));
  backend->stream_product(prepared.product, request.begin, request.end, fan_out, threads, control);

  Answer result;
  result.shrinking = shrinking;
  if (file) {
    file->finish();
    // Another node's rank publishes the file; what this node has cached of it must be on disk by then.
    array_file->sync();
  }
  if (top) result.top = top->finish();
  if (moments) result.moments = Moments{moments->slice_sums(), moments->min(), moments->max()};
  if (compare) result.comparison = compare->finish();
  if (entropy) result.entropy = entropy->finish();
  if (values) result.values = std::move(values->values());
  return result;
}

Napi::Value to_js(Napi::Env env, Answer& answer) {
  Napi::Object result = Napi::Object::New(env);
  Napi::Object shrinking = Napi::Object::New(env);
  shrinking["before"] = Napi::Number::New(env, static_cast<double>(answer.shrinking.before));
  shrinking["after"] = Napi::Number::New(env, static_cast<double>(answer.shrinking.after));
  shrinking["errorBound"] = Napi::Number::New(env, answer.shrinking.error_bound);
  result["bonds"] = shrinking;
  if (answer.top) {
    auto indices = Napi::BigUint64Array::New(env, answer.top->size());
    auto values = Napi::Float64Array::New(env, answer.top->size());
    for (std::size_t i = 0; i < answer.top->size(); ++i) {
      indices[i] = (*answer.top)[i].index;
      values[i] = (*answer.top)[i].value;
    }
    Napi::Object top = Napi::Object::New(env);
    top["indices"] = indices;
    top["values"] = values;
    result["top"] = top;
  }
  if (answer.moments) {
    Napi::Object moments = Napi::Object::New(env);
    moments["sliceSums"] = to_array(env, answer.moments->slice_sums);
    moments["min"] = Napi::Number::New(env, answer.moments->min);
    moments["max"] = Napi::Number::New(env, answer.moments->max);
    result["moments"] = moments;
  }
  if (answer.comparison) {
    const ComparisonResult& found = *answer.comparison;
    Napi::Object compare = Napi::Object::New(env);
    compare["maxAbsError"] = Napi::Number::New(env, found.max_abs_error);
    compare["squaredError"] = to_array(env, found.squared_error);
    compare["squaredReference"] = to_array(env, found.squared_reference);
    compare["chiSquared"] = to_array(env, found.chi_squared);
    compare["fidelity"] = to_array(env, found.fidelity);
    compare["crossEntropy"] = to_array(env, found.cross_entropy);
    compare["missing"] = Napi::Number::New(env, static_cast<double>(found.missing));
    result["compare"] = compare;
  }
  if (answer.entropy) {
    const EntropyResult& found = *answer.entropy;
    Napi::Object entropy = Napi::Object::New(env);
    entropy["entropy"] = to_array(env, found.entropy);
    entropy["collision"] = to_array(env, found.collision);
    entropy["negativeSum"] = to_array(env, found.negative_sum);
    entropy["negatives"] = Napi::Number::New(env, static_cast<double>(found.negatives));
    entropy["crossEntropy"] = to_array(env, found.cross_entropy);
    entropy["missingWeight"] = to_array(env, found.missing_weight);
    entropy["missing"] = Napi::Number::New(env, static_cast<double>(found.missing));
    result["entropy"] = entropy;
  }
  if (answer.values) result["values"] = to_array(env, *answer.values);
  return result;
}

Napi::Value stream(const Napi::CallbackInfo& info) {
  return promised(info.Env(), [&]() -> Napi::Value {
    auto request = read_request(info);
    return AsyncTask<Answer>::start(
        info.Env(), [request = std::move(request)] { return answer(request); }, to_js);
  });
}

/// Result of a task that only does something.
struct Done {};
Napi::Value to_undefined(Napi::Env env, Done&) { return env.Undefined(); }

Napi::Value create_array_file(const Napi::CallbackInfo& info) {
  return promised(info.Env(), [&]() -> Napi::Value {
    const std::string path = info[0].ToString().Utf8Value();
    const std::size_t length = read_count(info[1], "length");
    const NpyType type = read_precision(info[2]);
    return AsyncTask<Done>::start(
        info.Env(),
        [=] {
          NpyFile::create(path, type, {length});
          return Done{};
        },
        to_undefined);
  });
}

Napi::Value publish(const Napi::CallbackInfo& info) {
  return promised(info.Env(), [&]() -> Napi::Value {
    const std::string from = info[0].ToString().Utf8Value();
    const std::string to = info[1].ToString().Utf8Value();
    return AsyncTask<Done>::start(
        info.Env(),
        [=] {
          publish_file(from, to);
          return Done{};
        },
        to_undefined);
  });
}

}  // namespace

void register_contract(Napi::Env env, Napi::Object exports) {
  exports["openTensor"] = Napi::Function::New(env, open);
  exports["createTensor"] = Napi::Function::New(env, create);
  exports["tensorInfo"] = Napi::Function::New(env, tensor_info);
  exports["readTensor"] = Napi::Function::New(env, read);
  exports["reduceTensor"] = Napi::Function::New(env, reduce_tensor);
  exports["contractTensors"] = Napi::Function::New(env, contract_tensors);
  exports["streamProduct"] = Napi::Function::New(env, stream);
  exports["createArrayFile"] = Napi::Function::New(env, create_array_file);
  exports["publishFile"] = Napi::Function::New(env, publish);
}

}  // namespace kroncut::addon
