/// The last product of a contraction, which streams through consumers.
#include <bit>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "addon/arguments.hpp"
#include "addon/async.hpp"
#include "addon/bindings.hpp"
#include "contract/consumers/consumers.hpp"
#include "contract/consumers/entropy.hpp"
#include "contract/product/last_step.hpp"
#include "contract/rank/shrink.hpp"
#include "core/npy.hpp"

namespace kroncut::addon {
namespace {

/// The matrices of a last product, with what shrinking did to them.
struct Prepared {
  PreparedProduct product;
  Shrinking shrinking;
};

Prepared prepare(const std::shared_ptr<const Tensor>& left, const std::shared_ptr<const Tensor>& right,
                 const std::vector<int>& order, double bond_tolerance, const Compute& compute) {
  Control& control = *compute.control;
  Prepared made{prepare_product(left, right, order, compute.threads, control), {}};
  made.shrinking = shrink_product(made.product, bond_tolerance, compute.threads, control);
  return made;
}

constexpr napi_type_tag product_tag = {0x6b726f6e63757470, 0x726f647563740001};

Napi::Value wrap_product(Napi::Env env, Prepared& prepared) {
  using Held = std::shared_ptr<const Prepared>;
  const PreparedProduct& product = prepared.product;
  const auto bytes = static_cast<std::int64_t>((product.left.size() + product.right.size()) * sizeof(double));
  Napi::MemoryManagement::AdjustExternalMemory(env, bytes);
  auto handle =
      Napi::External<Held>::New(env, new Held(std::make_shared<const Prepared>(std::move(prepared))),
                                [bytes](Napi::Env owner, Held* held) {
                                  delete held;
                                  Napi::MemoryManagement::AdjustExternalMemory(owner, -bytes);
                                });
  handle.TypeTag(&product_tag);
  return handle;
}

std::shared_ptr<const Prepared> unwrap_product(const Napi::Value& value) {
  using Held = std::shared_ptr<const Prepared>;
  const bool fits = value.IsExternal() && value.As<Napi::External<Held>>().CheckTypeTag(&product_tag);
  if (!fits) refuse("the product", "a handle that prepareProduct made");
  return *value.As<Napi::External<Held>>().Data();
}

/// The options of streamProduct, read on the event loop.
struct Request {
  Compute compute;
  std::shared_ptr<const Tensor> left;
  std::shared_ptr<const Tensor> right;
  std::vector<int> order;
  /// In place of the operands.
  std::shared_ptr<const Prepared> prepared;
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

/// The options of a stream; the caller adds what is streamed. `bits`: of the answer's index.
Request read_request(const Napi::Object& options, std::size_t bits) {
  Request request{.compute = Compute(options),
                  .left = {},
                  .right = {},
                  .order = {},
                  .prepared = {},
                  .file = {},
                  .file_offset = {},
                  .top = {},
                  .reference = {},
                  .weights = {}};
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
  request.moments = options.Get("moments").ToBoolean();
  request.values = options.Get("values").ToBoolean();
  if (options.Get("compare").IsObject()) {
    request.reference = unwrap_tensor(options.Get("compare").As<Napi::Object>().Get("reference"));
    if (request.reference->bits.size() != bits) {
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
  const auto made = request.prepared != nullptr
                        ? request.prepared
                        : std::make_shared<const Prepared>(prepare(request.left, request.right, request.order,
                                                                   request.bond_tolerance, request.compute));
  const PreparedProduct& prepared = made->product;

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
  result.shrinking = made->shrinking;
  if (file) file->finish();
  if (top) result.top = top->finish();
  if (moments) result.moments = Moments{moments->slice_sums(), moments->min(), moments->max()};
  if (compare) result.comparison = compare->finish();
  if (entropy) result.entropy = entropy->finish();
  if (values) result.values = std::move(values->values());
  return result;
}

Napi::Value answer_to_js(Napi::Env env, Answer& answer) {
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

double read_tolerance(const Napi::Object& options) {
  const Napi::Value value = options.Get("bondTolerance");
  return value.IsNumber() ? value.ToNumber().DoubleValue() : 0;
}

Napi::Value start(Napi::Env env, Request request) {
  return AsyncTask<Answer>::start(
      env, [request = std::move(request)] { return answer(request); }, answer_to_js);
}

Napi::Value stream(const Napi::CallbackInfo& info) {
  return promised(info.Env(), [&]() -> Napi::Value {
    const Napi::Object options = object_argument(info, 2, "options");
    const auto order = read_integers(options.Get("order"));
    auto request = read_request(options, order.size());
    request.left = unwrap_tensor(info[0]);
    request.right = unwrap_tensor(info[1]);
    request.order = order;
    request.bond_tolerance = read_tolerance(options);
    return start(info.Env(), std::move(request));
  });
}

Napi::Value prepare_only(const Napi::CallbackInfo& info) {
  return promised(info.Env(), [&]() -> Napi::Value {
    const Napi::Object options = object_argument(info, 2, "options");
    const auto left = unwrap_tensor(info[0]);
    const auto right = unwrap_tensor(info[1]);
    const auto order = read_integers(options.Get("order"));
    const double tolerance = read_tolerance(options);
    const Compute compute(options);
    return AsyncTask<Prepared>::start(
        info.Env(), [=] { return prepare(left, right, order, tolerance, compute); }, wrap_product);
  });
}

Napi::Value stream_prepared(const Napi::CallbackInfo& info) {
  return promised(info.Env(), [&]() -> Napi::Value {
    const auto prepared = unwrap_product(info[0]);
    auto request = read_request(object_argument(info, 1, "options"), prepared->product.bits);
    request.prepared = prepared;
    return start(info.Env(), std::move(request));
  });
}

}  // namespace

void register_product(Napi::Env env, Napi::Object exports) {
  exports["prepareProduct"] = Napi::Function::New(env, prepare_only);
  exports["streamPrepared"] = Napi::Function::New(env, stream_prepared);
  exports["streamProduct"] = Napi::Function::New(env, stream);
}

}  // namespace kroncut::addon
