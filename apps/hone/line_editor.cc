#include "line_editor.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <optional>

#include "base/utf8.h"
#include "line_reader.h"

#if __has_include(<histedit.h>)
#include <histedit.h>
#define HONE_HAS_EDITLINE 1
#else
#define HONE_HAS_EDITLINE 0
#endif

namespace hone::cli {
namespace {

constexpr size_t kMaxLine = size_t{16} << 20;
constexpr std::string_view kPasteOn = "\x1b[?2004h";
constexpr std::string_view kPasteOff = "\x1b[?2004l";

void write_text(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno != EINTR) return;  // a terminal that is gone shows at the next read
    if (written > 0) text.remove_prefix(static_cast<size_t>(written));
  }
}

#if HONE_HAS_EDITLINE

std::wstring to_wide(std::string_view text) {
  std::wstring wide;
  for (size_t i = 0; i < text.size();) {
    const Utf8Char next = decode_utf8(text, i);
    wide += static_cast<wchar_t>(next.code);
    i += next.size;
  }
  return wide;
}

std::string to_utf8(std::wstring_view wide) {
  std::string text;
  for (const wchar_t c : wide) append_utf8(text, static_cast<char32_t>(c));
  return text;
}

// The functions of libedit, looked up when the first line is read: nothing else needs them.
struct Editline {
  decltype(&el_init_fd) init = nullptr;
  decltype(&el_end) end = nullptr;
  decltype(&el_wset) set = nullptr;
  decltype(&el_wget) get = nullptr;
  decltype(&el_wgets) gets = nullptr;
  decltype(&el_wgetc) getc = nullptr;
  decltype(&el_wline) line = nullptr;
  decltype(&el_winsertstr) insert = nullptr;
  decltype(&el_resize) resize = nullptr;
  decltype(&history_winit) history_init = nullptr;
  decltype(&history_wend) history_end = nullptr;
  decltype(&history_w) history = nullptr;
};

template <class Function>
bool look_up(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

bool load(Editline& lib) {
  void* library = ::dlopen("libedit.so.2", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  return library != nullptr && look_up(library, "el_init_fd", lib.init) &&
         look_up(library, "el_end", lib.end) && look_up(library, "el_wset", lib.set) &&
         look_up(library, "el_wget", lib.get) && look_up(library, "el_wgets", lib.gets) &&
         look_up(library, "el_wgetc", lib.getc) && look_up(library, "el_wline", lib.line) &&
         look_up(library, "el_winsertstr", lib.insert) &&
         look_up(library, "el_resize", lib.resize) &&
         look_up(library, "history_winit", lib.history_init) &&
         look_up(library, "history_wend", lib.history_end) &&
         look_up(library, "history_w", lib.history);
}

// Null where libedit is not installed.
const Editline* editline() {
  static const std::optional<Editline> kLib = [] {
    Editline found;
    return load(found) ? std::optional(found) : std::nullopt;
  }();
  return kLib ? &*kLib : nullptr;
}

// libedit asks the locale how to write a character and how wide it is. This thread speaks UTF-8 for
// the lifetime, whatever LANG says.
class Utf8Locale {
 public:
  Utf8Locale() : locale_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (locale_ != nullptr) before_ = ::uselocale(locale_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;
  ~Utf8Locale() {
    if (locale_ == nullptr) return;
    ::uselocale(before_);
    ::freelocale(locale_);
  }

 private:
  locale_t locale_;
  locale_t before_ = nullptr;
};

#endif

}  // namespace

#if HONE_HAS_EDITLINE

struct LineEditor::Impl {
  explicit Impl(LineEditorOptions given);
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl();

  Expected<EditedLine> read(std::string_view text);
  Expected<EditedLine> read_plainly(std::string_view text);
  void bind_keys();
  std::wstring read_paste();
  unsigned char complete_word();

  static Impl& of(EditLine* edit);
  static wchar_t* prompt_of(EditLine* edit) { return of(edit).prompt.data(); }
  static int read_key(EditLine* edit, wchar_t* key);
  static unsigned char on_interrupt(EditLine* edit, wint_t key);
  static unsigned char on_suspend(EditLine* edit, wint_t key);
  static unsigned char on_paste(EditLine* edit, wint_t key);
  static unsigned char on_tab(EditLine* edit, wint_t key);

  LineEditorOptions options;
  LineReader reader;  // serves when there is no libedit
  const Editline* lib = editline();
  EditLine* edit = nullptr;
  HistoryW* history = nullptr;
  std::FILE* files[3] = {};
  std::wstring prompt;
  std::string last_added;
  bool interrupted = false;
};

LineEditor::Impl::Impl(LineEditorOptions given)
    : options(std::move(given)), reader(options.input, kMaxLine) {
  const Utf8Locale locale;
  if (lib == nullptr) return;
  files[0] = ::fdopen(::dup(options.input), "r");
  files[1] = ::fdopen(::dup(options.output), "w");
  files[2] = ::fdopen(::dup(options.output), "w");
  if (files[0] == nullptr || files[1] == nullptr || files[2] == nullptr) return;
  edit = lib->init("hone", files[0], files[1], files[2], options.input, options.output,
                   options.output);
  if (edit == nullptr) return;
  history = lib->history_init();
  HistEventW event = {};
  lib->history(history, &event, H_SETSIZE, static_cast<int>(options.history_size));
  lib->set(edit, EL_CLIENTDATA, this);
  lib->set(edit, EL_PROMPT, &Impl::prompt_of);
  lib->set(edit, EL_SIGNAL, 0);
  lib->set(edit, EL_HIST, lib->history, history);
  lib->set(edit, EL_GETCFN, &Impl::read_key);
  bind_keys();
}

LineEditor::Impl::~Impl() {
  const Utf8Locale locale;
  if (history != nullptr) lib->history_end(history);
  if (edit != nullptr) lib->end(edit);
  for (std::FILE* file : files) {
    if (file != nullptr) std::fclose(file);
  }
}

void LineEditor::Impl::bind_keys() {
  const auto bind = [&](const wchar_t* key, const wchar_t* function) {
    lib->set(edit, EL_BIND, key, function, nullptr);
  };
  lib->set(edit, EL_EDITOR, L"emacs");
  lib->set(edit, EL_ADDFN, L"hone-interrupt", L"drop the line", &Impl::on_interrupt);
  lib->set(edit, EL_ADDFN, L"hone-suspend", L"stop the process", &Impl::on_suspend);
  lib->set(edit, EL_ADDFN, L"hone-paste", L"take pasted text", &Impl::on_paste);
  lib->set(edit, EL_ADDFN, L"hone-complete", L"complete a command", &Impl::on_tab);
  lib->set(edit, EL_SETTY, L"-d", L"-isig", nullptr);
  bind(L"^C", L"hone-interrupt");
  bind(L"^Z", L"hone-suspend");
  bind(L"^I", L"hone-complete");
  bind(L"^R", L"em-inc-search-prev");
  bind(L"^W", L"ed-delete-prev-word");
  bind(L"\\e[200~", L"hone-paste");
  bind(L"\\e[3~", L"ed-delete-next-char");
  bind(L"\\e[1;5C", L"em-next-word");
  bind(L"\\e[1;5D", L"ed-prev-word");
}

LineEditor::Impl& LineEditor::Impl::of(EditLine* edit) {
  void* data = nullptr;
  editline()->get(edit, EL_CLIENTDATA, &data);
  return *static_cast<Impl*>(data);
}

Expected<EditedLine> LineEditor::Impl::read(std::string_view text) {
  if (edit == nullptr) return read_plainly(text);
  const Utf8Locale locale;
  prompt = to_wide(text);
  interrupted = false;
  lib->resize(edit);
  if (options.bracketed_paste) write_text(options.output, kPasteOn);
  // libedit itself would do this behind the prompt, and lose a Ctrl-C that comes in between.
  lib->set(edit, EL_PREP_TERM, 1);
  int length = 0;
  const wchar_t* line = lib->gets(edit, &length);
  if (options.bracketed_paste) write_text(options.output, kPasteOff);
  if (interrupted) {
    write_text(options.output, "^C\n");
    return EditedLine{LineEnd::interrupted, {}};
  }
  if (line == nullptr || length <= 0) {
    write_text(options.output, "\n");
    return EditedLine{LineEnd::closed, {}};
  }
  std::wstring_view got(line, static_cast<size_t>(length));
  if (got.ends_with(L'\n')) got.remove_suffix(1);
  return EditedLine{LineEnd::entered, to_utf8(got)};
}

// One key in UTF-8. A signal that hone catches ends the line like Ctrl-C.
int LineEditor::Impl::read_key(EditLine* edit, wchar_t* key) {
  Impl& self = of(edit);
  std::string bytes;
  while (true) {
    char byte = 0;
    const ssize_t got = ::read(self.options.input, &byte, 1);
    if (got < 0 && errno == EINTR) {
      self.interrupted = true;
      return -1;
    }
    if (got <= 0) return static_cast<int>(got);
    bytes += byte;
    const auto lead = static_cast<unsigned char>(bytes[0]);
    const size_t want = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (bytes.size() < want) continue;
    *key = static_cast<wchar_t>(decode_utf8(bytes, 0).code);
    return 1;
  }
}

unsigned char LineEditor::Impl::on_interrupt(EditLine* edit, wint_t) {
  of(edit).interrupted = true;
  return CC_EOF;
}

unsigned char LineEditor::Impl::on_suspend(EditLine* edit, wint_t) {
  Impl& self = of(edit);
  self.lib->set(edit, EL_PREP_TERM, 0);
  if (self.options.bracketed_paste) write_text(self.options.output, kPasteOff);
  std::raise(SIGTSTP);
  if (self.options.bracketed_paste) write_text(self.options.output, kPasteOn);
  self.lib->set(edit, EL_PREP_TERM, 1);
  return CC_REDISPLAY;
}

std::wstring LineEditor::Impl::read_paste() {
  constexpr std::wstring_view kEnd = L"\x1b[201~";
  std::wstring text;
  wchar_t key = 0;
  while (text.size() < kMaxLine && lib->getc(edit, &key) == 1) {
    text += key == L'\r' ? L'\n' : key;
    if (!text.ends_with(kEnd)) continue;
    text.resize(text.size() - kEnd.size());
    break;
  }
  while (text.ends_with(L'\n')) text.pop_back();
  return text;
}

unsigned char LineEditor::Impl::on_paste(EditLine* edit, wint_t) {
  Impl& self = of(edit);
  const std::wstring text = self.read_paste();
  if (!text.empty() && self.lib->insert(edit, text.c_str()) != 0) return CC_ERROR;
  return CC_REFRESH;
}

unsigned char LineEditor::Impl::on_tab(EditLine* edit, wint_t) { return of(edit).complete_word(); }

unsigned char LineEditor::Impl::complete_word() {
  const LineInfoW* line = lib->line(edit);
  const std::string before = to_utf8({line->buffer, line->cursor});
  const std::vector<std::string> found =
      options.complete ? options.complete(before) : std::vector<std::string>();
  if (found.empty()) return CC_ERROR;
  std::string common = found[0];
  for (const std::string& text : found) {
    while (!text.starts_with(common)) common.pop_back();
  }
  if (common.size() > before.size() && common.starts_with(before)) {
    const std::wstring rest = to_wide(std::string_view(common).substr(before.size()));
    return lib->insert(edit, rest.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
  }
  if (found.size() < 2) return CC_ERROR;
  write_text(options.output, cat("\n", join(found, "  "), "\n"));
  return CC_REDISPLAY;
}

#else

struct LineEditor::Impl {
  explicit Impl(LineEditorOptions given)
      : options(std::move(given)), reader(options.input, kMaxLine) {}
  Expected<EditedLine> read(std::string_view text) { return read_plainly(text); }
  Expected<EditedLine> read_plainly(std::string_view text);

  LineEditorOptions options;
  LineReader reader;
};

#endif

// The terminal's own line mode: Ctrl-C is a signal here.
Expected<EditedLine> LineEditor::Impl::read_plainly(std::string_view text) {
  write_text(options.output, text);
  auto line = reader.next([] { return true; });
  if (!line && line.error().code == Code::canceled) {
    write_text(options.output, "\n");
    return EditedLine{LineEnd::interrupted, {}};
  }
  if (!line) return std::unexpected(std::move(line).error());
  if (!*line) write_text(options.output, "\n");
  return *line ? EditedLine{LineEnd::entered, std::move(**line)} : EditedLine{LineEnd::closed, {}};
}

LineEditor::LineEditor(LineEditorOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
LineEditor::LineEditor(LineEditor&&) noexcept = default;
LineEditor& LineEditor::operator=(LineEditor&&) noexcept = default;
LineEditor::~LineEditor() = default;

Expected<EditedLine> LineEditor::read_line(std::string_view prompt) { return impl_->read(prompt); }

void LineEditor::add_to_history([[maybe_unused]] const std::string& text) {
#if HONE_HAS_EDITLINE
  if (impl_->history == nullptr || text == impl_->last_added) return;
  HistEventW event = {};
  impl_->lib->history(impl_->history, &event, H_ENTER, to_wide(text).c_str());
  impl_->last_added = text;
#endif
}

}  // namespace hone::cli
