// What HybridGit calls of libgit2, as functions of the program's own that jump to the library's.
//
// A program that is linked with libgit2 loads it, and fifteen libraries behind it, before its first line runs. So on Linux
// it is not linked: each function here looks up its place in the library when it is first called, as a linker's own
// stubs do. They keep all registers that arguments are passed in, and so need to know nothing about any function: not its
// parameters, which change from one libgit2 to the next, nor whether it is variadic.
//
// Registers: System V ABI for x86-64, 3.2.3; Procedure Call Standard for the Arm 64-bit Architecture, 6.
#if defined(__linux__) && defined(__x86_64__)

#define CALL(name)                                                                                          \
    .pushsection .bss.hybrid_git,"aw",@nobits;                                                              \
    .p2align 3;                                                                                             \
    place_##name: .skip 8;                                                                                  \
    .popsection;                                                                                            \
    .globl name;                                                                                            \
    .hidden name;                                                                                           \
    .type name, @function;                                                                                  \
    .p2align 4;                                                                                             \
    name:                                                                                                   \
    .cfi_startproc;                                                                                         \
    endbr64;                                                                                                \
    movq place_##name(%rip), %r11;                                                                          \
    testq %r11, %r11;                                                                                       \
    je 1f;                                                                                                  \
    jmpq *%r11;                                                                                             \
    1: leaq place_##name(%rip), %r11;                                                                       \
    movl $number, %r10d;                                                                                    \
    jmp hybrid_git_look_up;                                                                                 \
    .cfi_endproc;                                                                                           \
    .size name, . - name;                                                                                   \
    .set number, number + 1;

    .text
    // In: r11 where the place is kept, r10 the function's number; the stack as at a function's first line.
    .type hybrid_git_look_up, @function
    .p2align 4
hybrid_git_look_up:
    .cfi_startproc
    pushq %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset %rbp, -16
    movq %rsp, %rbp
    .cfi_def_cfa_register %rbp
    pushq %rdi
    pushq %rsi
    pushq %rdx
    pushq %rcx
    pushq %r8
    pushq %r9
    pushq %rax
    pushq %r11
    subq $128, %rsp
    movups %xmm0, (%rsp)
    movups %xmm1, 16(%rsp)
    movups %xmm2, 32(%rsp)
    movups %xmm3, 48(%rsp)
    movups %xmm4, 64(%rsp)
    movups %xmm5, 80(%rsp)
    movups %xmm6, 96(%rsp)
    movups %xmm7, 112(%rsp)
    movl %r10d, %edi
    callq hybrid_git_place
    movq %rax, %r10
    movups (%rsp), %xmm0
    movups 16(%rsp), %xmm1
    movups 32(%rsp), %xmm2
    movups 48(%rsp), %xmm3
    movups 64(%rsp), %xmm4
    movups 80(%rsp), %xmm5
    movups 96(%rsp), %xmm6
    movups 112(%rsp), %xmm7
    addq $128, %rsp
    popq %r11
    popq %rax
    popq %r9
    popq %r8
    popq %rcx
    popq %rdx
    popq %rsi
    popq %rdi
    popq %rbp
    .cfi_def_cfa %rsp, 8
    movq %r10, (%r11)
    jmpq *%r10
    .cfi_endproc
    .size hybrid_git_look_up, . - hybrid_git_look_up

    .set number, 0
#include "calls.h"

#elif defined(__linux__) && defined(__aarch64__)

// What another thread has looked up is read with acquire, so that what it points to is there as well.
#define CALL(name)                                                                                          \
    .pushsection .bss.hybrid_git,"aw",@nobits;                                                              \
    .p2align 3;                                                                                             \
    place_##name: .skip 8;                                                                                  \
    .popsection;                                                                                            \
    .globl name;                                                                                            \
    .hidden name;                                                                                           \
    .type name, @function;                                                                                  \
    .p2align 4;                                                                                             \
    name:                                                                                                   \
    .cfi_startproc;                                                                                         \
    hint #34;                                                                                               \
    adrp x16, place_##name;                                                                                 \
    add x16, x16, :lo12:place_##name;                                                                       \
    ldar x17, [x16];                                                                                        \
    cbz x17, 1f;                                                                                            \
    br x17;                                                                                                 \
    1: mov w17, #number;                                                                                    \
    b hybrid_git_look_up;                                                                                   \
    .cfi_endproc;                                                                                           \
    .size name, . - name;                                                                                   \
    .set number, number + 1;

    .text
    // In: x16 where the place is kept, x17 the function's number; the stack as at a function's first line.
    .type hybrid_git_look_up, @function
    .p2align 4
hybrid_git_look_up:
    .cfi_startproc
    stp x29, x30, [sp, #-224]!
    .cfi_def_cfa_offset 224
    .cfi_offset x29, -224
    .cfi_offset x30, -216
    mov x29, sp
    stp x0, x1, [sp, #16]
    stp x2, x3, [sp, #32]
    stp x4, x5, [sp, #48]
    stp x6, x7, [sp, #64]
    stp x8, x16, [sp, #80]
    stp q0, q1, [sp, #96]
    stp q2, q3, [sp, #128]
    stp q4, q5, [sp, #160]
    stp q6, q7, [sp, #192]
    mov w0, w17
    bl hybrid_git_place
    mov x17, x0
    ldp x0, x1, [sp, #16]
    ldp x2, x3, [sp, #32]
    ldp x4, x5, [sp, #48]
    ldp x6, x7, [sp, #64]
    ldp x8, x16, [sp, #80]
    ldp q0, q1, [sp, #96]
    ldp q2, q3, [sp, #128]
    ldp q4, q5, [sp, #160]
    ldp q6, q7, [sp, #192]
    ldp x29, x30, [sp], #224
    .cfi_restore x29
    .cfi_restore x30
    .cfi_def_cfa_offset 0
    stlr x17, [x16]
    br x17
    .cfi_endproc
    .size hybrid_git_look_up, . - hybrid_git_look_up

    .set number, 0
#include "calls.h"

#endif

#if defined(__linux__)
    .section .note.GNU-stack,"",%progbits
#endif
