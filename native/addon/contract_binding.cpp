#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "addon/arguments.hpp"
#include "addon/async.hpp"
#include "addon/bindings.hpp"
#include "contract/network/components.hpp"
#include "contract/network/network.hpp"
#include "core/npy.hpp"

namespace kroncut::addon {
namespace {

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

Napi::Value open_several(const Napi::CallbackInfo& info) {
  return promised(info.Env(), [&]() -> Napi::Value {
    const std::string file = info[0].ToString().Utf8Value();
    const auto labels = read_integers(info[1]);
    const auto bits = read_integers(info[2]);
    return AsyncTask<std::vector<Tensor>>::start(
        info.Env(), [=] { return open_tensors(file, labels, bits, true); },
        [](Napi::Env env, std::vector<Tensor>& tensors) -> Napi::Value {
          Napi::Array handles = Napi::Array::New(env, tensors.size());
          for (std::uint32_t i = 0; i < tensors.size(); ++i) handles[i] = tensor_or_reject(env, tensors[i]);
          return handles;
        });
  });
}

/// A bond, or an outcome bit. What is none, read as 0, would be summed over with others that are 0.
int read_label(const Napi::Value& value, const char* name) {
  const std::uint64_t label =
      value.IsNumber() ? read_count(value, name) : std::numeric_limits<std::uint64_t>::max();
  if (label > static_cast<std::uint64_t>(std::numeric_limits<int>::max())) {
    throw Error(ErrorCode::input, std::string("a ") + name + " must be a whole number from 0 to 2^31 - 1");
  }
  return static_cast<int>(label);
}

/// Outcome bits, each once.
std::vector<int> read_bits(const Napi::Value& value) {
  std::vector<int> bits;
  const auto array = value.As<Napi::Array>();
  for (std::uint32_t i = 0; i < array.Length(); ++i) {
    const int bit = read_label(array.Get(i), "bit of a tensor");
    if (std::find(bits.begin(), bits.end(), bit) != bits.end()) {
      throw Error(ErrorCode::input, "bit " + std::to_string(bit) + " appears twice in a tensor");
    }
    bits.push_back(bit);
  }
  return bits;
}

std::vector<Bond> read_bonds(const Napi::Value& value) {
  std::vector<Bond> bonds;
  const auto array = value.As<Napi::Array>();
  for (std::uint32_t i = 0; i < array.Length(); ++i) {
    const auto bond = array.Get(i).As<Napi::Object>();
    bonds.push_back(
        {read_label(bond.Get("label"), "label of a bond"), read_count(bond.Get("extent"), "extent")});
  }
  return bonds;
}

/// What owns numbers that the addon handed over; null for others.
std::shared_ptr<const Tensor> owner_of(const Napi::Float64Array& values) {
  const Napi::Value handle = values.ArrayBuffer().Get(owner_property);
  if (!handle.IsExternal()) return nullptr;
  auto owner = unwrap_tensor(handle);
  const std::less_equal<const double*> before;
  const bool inside = before(owner->values, values.Data()) &&
                      before(values.Data() + values.ElementLength(), owner->values + owner->size());
  return inside ? owner : nullptr;
}

/// Values that the addon made are shared, and others are copied.
Napi::Value create(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const std::vector<Bond> bonds = read_bonds(info[0]);
    const auto values = info[2].As<Napi::Float64Array>();
    Tensor shape;
    shape.bonds = bonds;
    shape.bits = read_bits(info[1]);
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
    if (const auto owner = owner_of(values)) {
      shape.values = values.Data();
      shape.owner = owner;
      return tensor_or_reject(info.Env(), shape);
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

Napi::Value nonzero(const Napi::CallbackInfo& info) {
  return promised(info.Env(), [&]() -> Napi::Value {
    const auto tensor = unwrap_tensor(info[0]);
    const Compute compute(object_argument(info, 1, "options"));
    return AsyncTask<std::vector<std::uint8_t>>::start(
        info.Env(), [=] { return nonzero_rows(*tensor, compute.threads); },
        [](Napi::Env env, std::vector<std::uint8_t>& rows) -> Napi::Value {
          auto array = Napi::Uint8Array::New(env, rows.size());
          std::copy(rows.begin(), rows.end(), array.Data());
          return array;
        });
  });
}

Napi::Value select(const Napi::CallbackInfo& info) {
  return promised(info.Env(), [&]() -> Napi::Value {
    const auto tensor = unwrap_tensor(info[0]);
    if (!info[1].IsTypedArray() || info[1].As<Napi::TypedArray>().TypedArrayType() != napi_uint32_array) {
      refuse("rows", "a Uint32Array");
    }
    const auto array = info[1].As<Napi::Uint32Array>();
    const std::vector<std::uint32_t> rows(array.Data(), array.Data() + array.ElementLength());
    const auto bonds = read_bonds(info[2]);
    const Compute compute(object_argument(info, 3, "options"));
    return AsyncTask<Tensor>::start(
        info.Env(), [=] { return select_rows(*tensor, rows, bonds, compute.threads); }, tensor_or_reject);
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

Napi::Value sync_array_file(const Napi::CallbackInfo& info) {
  return promised(info.Env(), [&]() -> Napi::Value {
    const std::string path = info[0].ToString().Utf8Value();
    return AsyncTask<Done>::start(
        info.Env(),
        [=] {
          NpyFile::open(path).sync();
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
  exports["openTensors"] = Napi::Function::New(env, open_several);
  exports["createTensor"] = Napi::Function::New(env, create);
  exports["tensorInfo"] = Napi::Function::New(env, tensor_info);
  exports["readTensor"] = Napi::Function::New(env, read);
  exports["reduceTensor"] = Napi::Function::New(env, reduce_tensor);
  exports["nonzeroRows"] = Napi::Function::New(env, nonzero);
  exports["selectRows"] = Napi::Function::New(env, select);
  exports["contractTensors"] = Napi::Function::New(env, contract_tensors);
  exports["createArrayFile"] = Napi::Function::New(env, create_array_file);
  exports["syncFile"] = Napi::Function::New(env, sync_array_file);
  exports["publishFile"] = Napi::Function::New(env, publish);
}

}  // namespace kroncut::addon
