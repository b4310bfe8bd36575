// Swift cannot call C's macros: the one that sets a stream up has a plain function here.
#ifndef HYBRID_CZLIB_SHIM_H
#define HYBRID_CZLIB_SHIM_H

#include <zlib.h>

static inline int hybrid_deflate_init(z_stream *stream, int level, int memory) {
    return deflateInit2(stream, level, Z_DEFLATED, 15, memory, Z_DEFAULT_STRATEGY);
}

#endif
