// One instruction set's loops of limits.cpp, which includes this once for each. KRONCUT_PD(add) names an
// intrinsic; KRONCUT_CHAINS sums depend on nothing of one another.

KRONCUT_TARGET void KRONCUT_NAME(write)(double* out, std::size_t size) {
  constexpr std::size_t lanes = sizeof(KRONCUT_VECTOR) / sizeof(double);
  const KRONCUT_VECTOR value = KRONCUT_PD(set1)(1.0);
  for (std::size_t i = 0; i < size; i += lanes) KRONCUT_PD(stream)(out + i, value);
  _mm_sfence();
}

KRONCUT_TARGET void KRONCUT_NAME(triad)(const double* a, const double* b, double* out, std::size_t size) {
  constexpr std::size_t lanes = sizeof(KRONCUT_VECTOR) / sizeof(double);
  const KRONCUT_VECTOR half = KRONCUT_PD(set1)(0.5);
  for (std::size_t i = 0; i < size; i += lanes) {
    KRONCUT_PD(stream)(out + i, KRONCUT_PD(fmadd)(half, KRONCUT_PD(load)(b + i), KRONCUT_PD(load)(a + i)));
  }
  _mm_sfence();
}

KRONCUT_TARGET void KRONCUT_NAME(in_place)(double* values, std::size_t size) { scale(values, size); }

KRONCUT_TARGET double KRONCUT_NAME(multiply_add)(std::size_t rounds) {
  constexpr std::size_t chains = KRONCUT_CHAINS;
  const KRONCUT_VECTOR half = KRONCUT_PD(set1)(0.5);
  const KRONCUT_VECTOR one = KRONCUT_PD(set1)(1.0);
  KRONCUT_VECTOR sums[chains];
  for (auto& sum : sums) sum = KRONCUT_PD(setzero)();
  for (std::size_t round = 0; round < rounds; ++round) {
#pragma GCC unroll chains
    for (auto& sum : sums) sum = KRONCUT_PD(fmadd)(sum, half, one);
  }
  double total = 0;
  for (const auto& sum : sums) total += sum[0];
  return total;
}

#undef KRONCUT_NAME
#undef KRONCUT_TARGET
#undef KRONCUT_VECTOR
#undef KRONCUT_PD
#undef KRONCUT_CHAINS
