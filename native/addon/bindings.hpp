#pragma once

#include <napi.h>

#include <memory>

#include "contract/network/tensor.hpp"
#include "core/control.hpp"

namespace kroncut::addon {

/// Each domain adds its functions to the module's exports; `src/native/addon.ts` gives their types.
void register_system(Napi::Env env, Napi::Object exports);
void register_simulate(Napi::Env env, Napi::Object exports);
void register_noise(Napi::Env env, Napi::Object exports);
void register_contract(Napi::Env env, Napi::Object exports);
void register_bonds(Napi::Env env, Napi::Object exports);
void register_product(Napi::Env env, Napi::Object exports);
void register_tree(Napi::Env env, Napi::Object exports);
void register_comm(Napi::Env env, Napi::Object exports);
void register_synthesize(Napi::Env env, Napi::Object exports);
void register_bench(Napi::Env env, Napi::Object exports);

/// Handles: JavaScript holds an External around a shared pointer, so that a running call keeps its tensor
/// alive.
Napi::Value wrap_tensor(Napi::Env env, std::shared_ptr<const Tensor> tensor);
std::shared_ptr<const Tensor> unwrap_tensor(const Napi::Value& value);
/// Where a buffer of numbers that the addon made for JavaScript has the handle of what owns them.
inline constexpr const char* owner_property = "kroncutOwner";
Napi::Value wrap_control(Napi::Env env, std::shared_ptr<Control> control);
std::shared_ptr<Control> unwrap_control(const Napi::Value& value);

}  // namespace kroncut::addon
