// The extension module behind hone/__init__.py: hone.hpp for Python, arrays without a copy.
#include <hone/hone.hpp>
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>

namespace nb = nanobind;

namespace {

using Array = nb::ndarray<nb::ro, nb::c_contig, nb::device::cpu>;

// hone.Error, which __init__.py makes: (name of the code, message).
void raise(const hone::Error& error) {
  const nb::object type = nb::module_::import_("hone").attr("Error");
  PyErr_SetObject(type.ptr(), nb::make_tuple(error.name(), error.message()).ptr());
  throw nb::python_error();
}

template <class T>
T take(hone::Result<T> result) {
  if (!result) raise(result.error());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

struct Kind {
  hone_dtype dtype;
  nb::dlpack::dtype numpy;
};
constexpr uint8_t code(nb::dlpack::dtype_code code) { return static_cast<uint8_t>(code); }
constexpr uint8_t kFloat = code(nb::dlpack::dtype_code::Float);
constexpr uint8_t kInt = code(nb::dlpack::dtype_code::Int);
constexpr uint8_t kUInt = code(nb::dlpack::dtype_code::UInt);
constexpr uint8_t kBool = code(nb::dlpack::dtype_code::Bool);
// numpy has no bfloat16: its bits come as uint16.
constexpr Kind kKinds[] = {
    {HONE_F32, {kFloat, 32, 1}}, {HONE_F16, {kFloat, 16, 1}}, {HONE_F64, {kFloat, 64, 1}},
    {HONE_I8, {kInt, 8, 1}},     {HONE_U8, {kUInt, 8, 1}},    {HONE_I16, {kInt, 16, 1}},
    {HONE_U16, {kUInt, 16, 1}},  {HONE_I32, {kInt, 32, 1}},   {HONE_U32, {kUInt, 32, 1}},
    {HONE_I64, {kInt, 64, 1}},   {HONE_U64, {kUInt, 64, 1}},  {HONE_BOOL, {kBool, 8, 1}},
    {HONE_BF16, {kUInt, 16, 1}},
};

hone_dtype dtype_of(const Array& array, hone_dtype wanted) {
  if (wanted == HONE_BF16 && array.dtype() == nb::dtype<uint16_t>()) return HONE_BF16;
  const auto* found =
      std::ranges::find_if(kKinds, [&](const Kind& kind) { return kind.numpy == array.dtype(); });
  return found == std::end(kKinds) ? HONE_DTYPE_OTHER : found->dtype;
}

hone::Tensor tensor_of(const std::string& name, const Array& array, const hone::Model& model) {
  hone::Tensor tensor;
  tensor.name = name.c_str();
  const auto port = std::ranges::find_if(
      model.inputs(), [&](const hone_port& one) { return one.name == name; });
  tensor.dtype = dtype_of(array, port == model.inputs().end() ? HONE_DTYPE_OTHER : port->dtype);
  tensor.rank = static_cast<int32_t>(array.ndim());
  for (size_t i = 0; i < array.ndim() && i < HONE_MAX_RANK; ++i) {
    tensor.shape[i] = static_cast<int64_t>(array.shape(i));
  }
  tensor.data = const_cast<void*>(static_cast<const void*>(array.data()));
  tensor.size_bytes = array.nbytes();
  return tensor;
}

// A view that keeps all results of its run.
nb::object array_of(const hone::Tensor& tensor, const std::shared_ptr<hone::Results>& results) {
  const auto* kind =
      std::ranges::find_if(kKinds, [&](const Kind& one) { return one.dtype == tensor.dtype; });
  std::vector<size_t> shape(tensor.dims().begin(), tensor.dims().end());
  const nb::capsule owner(new std::shared_ptr<hone::Results>(results), [](void* kept) noexcept {
    delete static_cast<std::shared_ptr<hone::Results>*>(kept);
  });
  return nb::cast(nb::ndarray<nb::numpy, nb::ro>(tensor.data, shape.size(), shape.data(), owner,
                                                 nullptr, kind->numpy));
}

using NamedArrays = std::vector<std::pair<std::string, Array>>;

nb::list run(hone::Model& model, const NamedArrays& inputs) {
  std::vector<hone::Tensor> tensors;
  for (const auto& [name, array] : inputs) tensors.push_back(tensor_of(name, array, model));
  auto ran = [&] {
    const nb::gil_scoped_release release;
    return model.run(tensors);
  }();
  const auto results = std::make_shared<hone::Results>(take(std::move(ran)));
  nb::list all;
  for (size_t i = 0; i < results->size(); ++i) {
    const hone::Tensor tensor = take(results->get(i));
    all.append(nb::make_tuple(tensor.name, array_of(tensor, results)));
  }
  return all;
}

// (name, dtype, shape or None); a dimension that is not fixed is its name or None.
nb::list ports(const std::vector<hone_port>& ports) {
  nb::list all;
  for (const hone_port& port : ports) {
    nb::list shape;
    for (int32_t i = 0; i < port.rank; ++i) {
      const char* symbol = port.symbol[i];
      if (port.shape[i] >= 0) shape.append(port.shape[i]);
      if (port.shape[i] < 0) shape.append(symbol == nullptr ? nb::none() : nb::cast(symbol));
    }
    all.append(nb::make_tuple(port.name, hone_dtype_name(port.dtype),
                              port.rank < 0 ? nb::none() : nb::object(nb::tuple(shape)),
                              port.scale, port.zero));
  }
  return all;
}

hone::GenerateOptions options_of(const nb::dict& given) {
  hone::GenerateOptions options;
  const auto set = [&](const char* name, auto& member) {
    if (given.contains(name)) {
      member = nb::cast<std::remove_reference_t<decltype(member)>>(given[name]);
    }
  };
  set("max_tokens", options.max_tokens);
  set("seed", options.seed);
  set("temperature", options.temperature);
  set("top_k", options.top_k);
  set("top_p", options.top_p);
  set("min_p", options.min_p);
  set("typical_p", options.typical_p);
  set("repeat_penalty", options.repeat_penalty);
  set("repeat_last_n", options.repeat_last_n);
  set("frequency_penalty", options.frequency_penalty);
  set("presence_penalty", options.presence_penalty);
  set("ignore_end", options.ignore_end);
  set("stop", options.stop);
  return options;
}

// `ask(on_piece)` computes without the interpreter's lock; each piece's text goes to `take_text`.
template <class Ask>
nb::tuple answer(const nb::callable& take_text, const Ask& ask) {
  const auto on_piece = [&](const hone::Piece& piece) {
    const nb::gil_scoped_acquire acquire;
    return nb::cast<bool>(take_text(nb::str(piece.text.data(), piece.text.size())));
  };
  auto answered = [&] {
    const nb::gil_scoped_release release;
    return ask(on_piece);
  }();
  const hone_answer done = take(std::move(answered));
  return nb::make_tuple(done.finish, done.prompt_tokens, done.reused_tokens, done.answer_tokens);
}

hone::Model open_model(const std::string& path, int32_t threads, int64_t context,
                       const std::string& prompt_format, const std::vector<std::string>& trust,
                       bool require_signature, const std::string& cache_dir) {
  auto opened = [&] {
    const nb::gil_scoped_release release;
    return hone::Model::open(path, {.threads = threads,
                                    .context = context,
                                    .prompt_format = prompt_format,
                                    .trust = trust,
                                    .require_signature = require_signature,
                                    .cache_dir = cache_dir});
  }();
  return take(std::move(opened));
}

}  // namespace

NB_MODULE(_hone, module) {
  module.attr("version") = hone_version();
  module.def("open", &open_model);
  nb::class_<hone::Generator>(module, "Generator")
      .def("chat",
           [](hone::Generator& self, const std::vector<std::pair<std::string, std::string>>& said,
              const nb::dict& options, const nb::callable& take_text) {
             std::vector<hone::Message> messages;
             for (const auto& [role, content] : said) messages.push_back({role, content});
             const hone::GenerateOptions how = options_of(options);
             return answer(take_text,
                           [&](const auto& on) { return self.chat(messages, on, how); });
           })
      .def("complete",
           [](hone::Generator& self, const std::string& prompt, const nb::dict& options,
              const nb::callable& take_text) {
             const hone::GenerateOptions how = options_of(options);
             return answer(take_text,
                           [&](const auto& on) { return self.complete(prompt, on, how); });
           })
      .def("stop", &hone::Generator::stop);
  nb::class_<hone::Model>(module, "Model")
      .def_prop_ro("is_language", &hone::Model::is_language)
      .def("inputs", [](const hone::Model& self) { return ports(self.inputs()); })
      .def("outputs", [](const hone::Model& self) { return ports(self.outputs()); })
      .def("metadata", &hone::Model::metadata)
      .def("labels", &hone::Model::labels)
      .def("run", &run)
      .def("reset", [](hone::Model& self) { take(self.reset()); })
      .def("generator", [](hone::Model& self) { return take(self.generator()); })
      .def("language",
           [](const hone::Model& self) {
             const hone_language language = take(self.language());
             return nb::make_tuple(language.context, language.vocabulary, language.chats != 0);
           })
      .def("tokenize",
           [](const hone::Model& self, const std::string& text, bool special) {
             return take(self.tokenize(text, special ? HONE_TOKENIZE_ADD_SPECIAL |
                                                           HONE_TOKENIZE_PARSE_SPECIAL
                                                     : HONE_TOKENIZE_PLAIN));
           })
      .def("detokenize", [](const hone::Model& self, const std::vector<int32_t>& ids) {
        const std::string text = take(self.detokenize(ids));
        return nb::steal(PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()),
                                              "replace"));
      });
}
