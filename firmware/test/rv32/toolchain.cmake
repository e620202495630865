# clang for a bare RV32IMC, which is what an ESP32-C3 is, with what ensureDebianParts has unpacked to SEALPOST_PARTS:
# picolibc, libgcc, and the headers of libc++. Debian's GCC for RISC-V has no headers for C++.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR riscv32)
set(CMAKE_C_COMPILER clang-19)
set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_C_COMPILER_TARGET riscv32-unknown-elf)
set(CMAKE_CXX_COMPILER_TARGET riscv32-unknown-elf)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES SEALPOST_PARTS)

set(picolibc ${SEALPOST_PARTS}/usr/lib/picolibc/riscv64-unknown-elf)
set(target_flags "-march=rv32imc -mabi=ilp32 -nostdlibinc -isystem ${picolibc}/include")
set(CMAKE_C_FLAGS_INIT ${target_flags})
# libc++ was configured for Linux: here there are no threads and no locales.
set(CMAKE_CXX_FLAGS_INIT "-nostdinc++ -isystem ${SEALPOST_PARTS}/usr/lib/llvm-19/include/c++/v1 ${target_flags} \
  -D_LIBCPP_HAS_NO_THREADS -D_LIBCPP_HAS_NO_LOCALIZATION -D_LIBCPP_HAS_NO_WIDE_CHARACTERS")
