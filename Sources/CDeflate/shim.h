#ifndef HYBRID_CDEFLATE_SHIM_H
#define HYBRID_CDEFLATE_SHIM_H

#include <libdeflate.h>

#endif
