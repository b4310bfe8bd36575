#ifndef HYBRID_CPLATFORM_SHIM_H
#define HYBRID_CPLATFORM_SHIM_H

#if defined(__linux__)
#include <sys/prctl.h>
#endif

// prctl is variadic, which Swift cannot call.

/// Makes orphaned descendants come to this process. 0: done; -1: errno says why, or the system has no such thing.
static inline int hybrid_adopt_orphans(void) {
#if defined(__linux__)
    return prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L);
#else
    return -1;
#endif
}

#endif
