#include <napi.h>

#include "addon/bindings.hpp"

namespace {

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  kroncut::addon::register_system(env, exports);
  kroncut::addon::register_simulate(env, exports);
  kroncut::addon::register_noise(env, exports);
  kroncut::addon::register_contract(env, exports);
  kroncut::addon::register_bonds(env, exports);
  kroncut::addon::register_product(env, exports);
  kroncut::addon::register_tree(env, exports);
  kroncut::addon::register_comm(env, exports);
  kroncut::addon::register_synthesize(env, exports);
  kroncut::addon::register_bench(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(kroncut, initialise)
