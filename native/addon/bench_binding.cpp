#include "addon/bindings.hpp"

namespace kroncut::addon {

void register_bench(Napi::Env, Napi::Object) {}

}  // namespace kroncut::addon
