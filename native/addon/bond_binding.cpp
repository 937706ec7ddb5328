/// The numerical rank of bonds, and tensors whose bonds have shrunk to it.
#include <algorithm>
#include <memory>
#include <vector>

#include "addon/arguments.hpp"
#include "addon/async.hpp"
#include "addon/bindings.hpp"
#include "contract/rank/bond_rank.hpp"

namespace kroncut::addon {
namespace {

Napi::Object to_object(Napi::Env env, const SliceNorms& norms) {
  Napi::Object result = Napi::Object::New(env);
  result["whole"] = Napi::Number::New(env, norms.whole);
  result["largest"] = Napi::Number::New(env, norms.largest);
  result["sum"] = Napi::Number::New(env, norms.sum);
  return result;
}

Napi::Value basis(const Napi::CallbackInfo& info) {
  return promised(info.Env(), [&]() -> Napi::Value {
    const auto tensor = unwrap_tensor(info[0]);
    const auto labels = read_integers(info[1]);
    const double tolerance = info[2].ToNumber().DoubleValue();
    const Compute compute(object_argument(info, 3, "options"));
    return AsyncTask<BondBasis>::start(
        info.Env(), [=] { return bond_basis(*tensor, labels, tolerance, compute.threads, *compute.control); },
        [](Napi::Env env, BondBasis& found) -> Napi::Value {
          Napi::Object result = Napi::Object::New(env);
          result["extent"] = Napi::Number::New(env, static_cast<double>(found.extent));
          result["rank"] = Napi::Number::New(env, static_cast<double>(found.rank));
          result["vectors"] = to_array(env, found.vectors);
          result["lost"] = to_object(env, found.lost);
          return result;
        });
  });
}

Napi::Value project(const Napi::CallbackInfo& info) {
  return promised(info.Env(), [&]() -> Napi::Value {
    const auto tensor = unwrap_tensor(info[0]);
    const auto labels = read_integers(info[1]);
    if (!info[2].IsTypedArray() || info[2].As<Napi::TypedArray>().TypedArrayType() != napi_float64_array) {
      refuse("vectors", "a Float64Array");
    }
    const auto array = info[2].As<Napi::Float64Array>();
    const std::vector<double> vectors(array.Data(), array.Data() + array.ElementLength());
    const int label = info[3].ToNumber().Int32Value();
    const Compute compute(object_argument(info, 4, "options"));
    return AsyncTask<Tensor>::start(
        info.Env(),
        [=] { return project_bonds(*tensor, labels, vectors, label, compute.threads, *compute.control); },
        [](Napi::Env env, Tensor& made) -> Napi::Value {
          return wrap_tensor(env, std::make_shared<const Tensor>(std::move(made)));
        });
  });
}

Napi::Value norms(const Napi::CallbackInfo& info) {
  return promised(info.Env(), [&]() -> Napi::Value {
    const auto tensor = unwrap_tensor(info[0]);
    const Compute compute(object_argument(info, 1, "options"));
    return AsyncTask<SliceNorms>::start(
        info.Env(), [=] { return slice_norms(*tensor, compute.threads, *compute.control); },
        [](Napi::Env env, SliceNorms& found) -> Napi::Value { return to_object(env, found); });
  });
}

}  // namespace

void register_bonds(Napi::Env env, Napi::Object exports) {
  exports["bondBasis"] = Napi::Function::New(env, basis);
  exports["projectBonds"] = Napi::Function::New(env, project);
  exports["sliceNorms"] = Napi::Function::New(env, norms);
}

}  // namespace kroncut::addon
