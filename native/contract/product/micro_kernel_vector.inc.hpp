// One instruction set's loop of micro_kernel.cpp, which includes this once for each. A tile has KRONCUT_ROWS
// rows and columns for two vectors; KRONCUT_PD(add) names an intrinsic.

KRONCUT_TARGET void KRONCUT_RUN(const MicroTile& tile) {
  constexpr std::size_t rows = KRONCUT_ROWS;
  constexpr std::size_t lanes = sizeof(KRONCUT_VECTOR) / sizeof(double);
  constexpr std::size_t columns = 2 * lanes;
  for (std::size_t panel = 0; panel < tile.panels; ++panel) {
    KRONCUT_VECTOR sum[rows][2];
    const double* const partial = tile.partial == nullptr ? nullptr : tile.partial + panel * rows * columns;
#pragma GCC unroll rows
    for (std::size_t i = 0; i < rows; ++i) {
      sum[i][0] = partial == nullptr ? KRONCUT_PD(setzero)() : KRONCUT_PD(loadu)(partial + i * columns);
      sum[i][1] =
          partial == nullptr ? KRONCUT_PD(setzero)() : KRONCUT_PD(loadu)(partial + i * columns + lanes);
    }
    const double* s = tile.s;
    const double* v = tile.v + panel * tile.v_stride;
    for (std::size_t k = 0; k < tile.inner; ++k, s += rows, v += columns) {
      const KRONCUT_VECTOR v0 = KRONCUT_PD(load)(v);
      const KRONCUT_VECTOR v1 = KRONCUT_PD(load)(v + lanes);
#pragma GCC unroll rows
      for (std::size_t i = 0; i < rows; ++i) {
        const KRONCUT_VECTOR x = KRONCUT_PD(set1)(s[i]);
        sum[i][0] = KRONCUT_PD(fmadd)(x, v0, sum[i][0]);
        sum[i][1] = KRONCUT_PD(fmadd)(x, v1, sum[i][1]);
      }
    }
    double* const out = tile.out + tile.panel_offsets[panel * columns];
#pragma GCC unroll rows
    for (std::size_t i = 0; i < rows; ++i) {
      double* const row = out + tile.row_offsets[i];
      if (tile.stream) {
        KRONCUT_PD(stream)(row, sum[i][0]);
        KRONCUT_PD(stream)(row + lanes, sum[i][1]);
      } else {
        KRONCUT_PD(storeu)(row, sum[i][0]);
        KRONCUT_PD(storeu)(row + lanes, sum[i][1]);
      }
    }
  }
}

#undef KRONCUT_RUN
#undef KRONCUT_TARGET
#undef KRONCUT_VECTOR
#undef KRONCUT_PD
#undef KRONCUT_ROWS
