#include "addon/bindings.hpp"

namespace kroncut::addon {

void register_contract(Napi::Env, Napi::Object) {}

}  // namespace kroncut::addon
