// What libtorch has and `tch` does not bind. Every function that can fail returns
// null on success and a message otherwise; every returned string is freed by
// ingot_free. Tensors are borrowed: nothing here keeps one.
#include <cstdlib>
#include <cstring>
#include <exception>
#include <vector>

#include <dlfcn.h>

#include <ATen/Context.h>
#include <ATen/Version.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_fused_adamw.h>

namespace {

template <typename Body>
char* guarded(Body body) {
  try {
    body();
    return nullptr;
  } catch (const std::exception& error) {
    return strdup(error.what());
  } catch (...) {
    return strdup("unknown C++ exception");
  }
}

std::vector<at::Tensor> borrow(const at::Tensor* const* tensors, size_t count) {
  std::vector<at::Tensor> list;
  list.reserve(count);
  for (size_t index = 0; index < count; ++index) {
    list.push_back(*tensors[index]);
  }
  return list;
}

}  // namespace

extern "C" {

void ingot_free(char* text) { free(text); }

char* ingot_adamw_step(size_t count, const at::Tensor* const* parameters,
                       const at::Tensor* const* gradients, const at::Tensor* const* means,
                       const at::Tensor* const* squares, const at::Tensor* const* steps,
                       double lr, double beta1, double beta2, double weight_decay, double eps) {
  return guarded([&] {
    at::NoGradGuard no_grad;
    auto parameter_list = borrow(parameters, count);
    auto gradient_list = borrow(gradients, count);
    auto mean_list = borrow(means, count);
    auto square_list = borrow(squares, count);
    auto step_list = borrow(steps, count);
    at::_fused_adamw_(parameter_list, gradient_list, mean_list, square_list, {}, step_list, lr,
                      beta1, beta2, weight_decay, eps, /*amsgrad=*/false, /*maximize=*/false);
  });
}

// A gradient that is not there is exact zero for any step that follows, whether
// the step before it ran in this process or in one that was killed.
char* ingot_clear_gradients(size_t count, const at::Tensor* const* parameters) {
  return guarded([&] {
    for (auto& parameter : borrow(parameters, count)) {
      parameter.mutable_grad().reset();
    }
  });
}

char* ingot_make_deterministic() {
  return guarded([] {
    auto& context = at::globalContext();
    context.setDeterministicAlgorithms(true, /*warn_only=*/false);
    context.setDeterministicMkldnn(true);
    context.setDeterministicCuDNN(true);
    context.setBenchmarkCuDNN(false);
  });
}

char* ingot_set_autocast(int cuda, int enabled) {
  return guarded([&] {
    auto device = cuda ? at::kCUDA : at::kCPU;
    if (!enabled) {
      at::autocast::clear_cache();
    }
    at::autocast::set_autocast_dtype(device, at::kBFloat16);
    at::autocast::set_autocast_enabled(device, enabled != 0);
  });
}

// Null when libtorch could not say.
char* ingot_cpu_capability() {
  try {
    return strdup(at::get_cpu_capability().c_str());
  } catch (...) {
    return nullptr;
  }
}

char* ingot_show_config() {
  try {
    return strdup(at::show_config().c_str());
  } catch (...) {
    return nullptr;
  }
}

int ingot_set_environment(const char* name, const char* value) {
  return setenv(name, value, /*overwrite=*/1);
}

// The linker drops libtorch_cuda from a program that names none of its symbols,
// and must: a machine without a GPU has none. Loading it registers its kernels.
int ingot_load_cuda() { return dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) != nullptr; }
}
