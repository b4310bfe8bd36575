// Opens libgit2 when one of its functions is first called. See calls.S.
#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "shim.h"

static const char *const names[] = {
#define CALL(name) #name,
#include "calls.h"
#undef CALL
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static void *library;
static char reason[512];

static void load(void) {
    library = dlopen(HYBRID_GIT_LIBRARY, RTLD_LAZY | RTLD_LOCAL);
    const char *said = library ? NULL : dlerror();
    if (said) snprintf(reason, sizeof reason, "%s", said);
}

const char *hybrid_git_load(void) {
    pthread_once(&once, load);
    return library ? NULL : reason;
}

// Nothing sensible can be answered to whoever calls a function that is not there.
static _Noreturn void stop(const char *name, const char *why) {
    dprintf(2, "hybrid: %s of " HYBRID_GIT_LIBRARY ": %s\nNext: sudo apt-get install " HYBRID_GIT_PACKAGE "\n",
        name, why);
    _exit(2);
}

// The place of a function of libgit2, by its number in calls.h; called by calls.S alone.
__attribute__((visibility("hidden"))) void *hybrid_git_place(unsigned int number) {
    const char *why = hybrid_git_load();
    if (why) stop(names[number], why);
    void *place = dlsym(library, names[number]);
    if (!place) stop(names[number], "it has no such function");
    return place;
}

#endif
