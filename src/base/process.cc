#include "base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#include "base/descriptor.h"

extern char** environ;  // NOLINT(*-avoid-non-const-global-variables): POSIX says so

namespace hone {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kTick{100};
constexpr milliseconds kGrace{2000};  // between the request to end and the kill
constexpr size_t kErrorsKept = 8192;

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Expected<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("pipe", "cannot create");
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

class SpawnSetup {
 public:
  SpawnSetup() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    sigset_t defaults;
    ::sigemptyset(&defaults);
    ::sigaddset(&defaults, SIGPIPE);
    ::posix_spawnattr_setsigdefault(&attributes_, &defaults);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;
  ~SpawnSetup() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  void connect(int stream, const Descriptor& end) {
    ::posix_spawn_file_actions_adddup2(&actions_, end.get(), stream);
  }
  void connect_to_nothing(int stream) {
    ::posix_spawn_file_actions_addopen(&actions_, stream, "/dev/null", O_RDWR, 0);
  }

  Expected<pid_t> spawn(const std::vector<std::string>& argv) {
    std::vector<char*> arguments;
    for (const std::string& word : argv) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    pid_t pid = 0;
    errno = ::posix_spawnp(&pid, arguments[0], &actions_, &attributes_, arguments.data(), environ);
    if (errno != 0) return system_error(argv[0], "cannot run");
    return pid;
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

// Waits for one child; kills its group if nobody has waited when it goes away.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) stop();
  }

  bool poll() {
    if (pid_ > 0 && ::wait4(pid_, &status_, WNOHANG, &usage_) == pid_) pid_ = 0;
    return pid_ == 0;
  }
  int exit_status() const {
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  }
  uint64_t peak_resident_bytes() const {
    return static_cast<uint64_t>(usage_.ru_maxrss) * 1024;  // Linux counts in KiB
  }

 private:
  void stop() {
    ::kill(-pid_, SIGTERM);
    const auto deadline = steady_clock::now() + kGrace;
    while (!poll() && steady_clock::now() < deadline) std::this_thread::sleep_for(milliseconds(10));
    if (poll()) return;
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, &status_, 0);
  }

  pid_t pid_;
  int status_ = 0;
  rusage usage_ = {};
};

// One read; closes the pipe at its end.
Status drain(Descriptor& pipe, const std::function<Status(Bytes)>& sink) {
  std::array<std::byte, 65536> buffer;
  const ssize_t got = ::read(pipe.get(), buffer.data(), buffer.size());
  if (got < 0) return errno == EINTR ? Status{} : system_error("pipe", "cannot read");
  if (got == 0) {
    pipe.reset();
    return {};
  }
  return sink ? sink(Bytes(buffer).first(static_cast<size_t>(got))) : Status{};
}

Status pump(Descriptor& output, Descriptor& errors, const Command& command,
            const std::function<Status(Bytes)>& keep_errors) {
  std::array<pollfd, 2> ends = {pollfd{output.get(), POLLIN, 0}, pollfd{errors.get(), POLLIN, 0}};
  if (::poll(ends.data(), ends.size(), static_cast<int>(kTick.count())) < 0) return {};
  if (ends[0].revents != 0) HONE_RETURN_IF_ERROR(drain(output, command.on_output));
  if (ends[1].revents != 0) HONE_RETURN_IF_ERROR(drain(errors, keep_errors));
  return {};
}

void keep_end(std::string& errors, Bytes bytes) {
  errors += as_text(bytes);
  if (errors.size() > kErrorsKept) errors.erase(0, errors.size() - kErrorsKept);
}

}  // namespace

Expected<ProcessResult> run_process(const Command& command) {
  if (command.argv.empty()) return fail(Code::invalid_argument, "no program to run");
  HONE_TRY(Pipe output, make_pipe());
  HONE_TRY(Pipe errors, make_pipe());
  SpawnSetup setup;
  setup.connect_to_nothing(STDIN_FILENO);
  setup.connect(STDOUT_FILENO, output.write);
  setup.connect(STDERR_FILENO, errors.write);
  HONE_TRY(const pid_t pid, setup.spawn(command.argv));
  Child child(pid);
  output.write.reset();
  errors.write.reset();
  // Closed before the child is waited for: one that writes shall not wait for a reader.
  Descriptor output_end = std::move(output.read);
  Descriptor errors_end = std::move(errors.read);
  ProcessResult result;
  const auto keep_errors = [&](Bytes bytes) -> Status {
    keep_end(result.errors, bytes);
    return {};
  };
  const auto deadline = steady_clock::now() + command.limit;
  auto next_tick = steady_clock::now();
  // A grandchild may hold the pipes open: the child's end is the end, after what is left in them.
  while (output_end.get() >= 0 || errors_end.get() >= 0 || !child.poll()) {
    HONE_RETURN_IF_ERROR(pump(output_end, errors_end, command, keep_errors));
    const auto now = steady_clock::now();
    if (now > deadline) {
      return fail(Code::canceled, "'", command.argv[0], "' did not end in time and was stopped");
    }
    if (command.on_tick && now >= next_tick) {
      HONE_RETURN_IF_ERROR(command.on_tick());
      next_tick = now + kTick;
    }
  }
  result.exit_status = child.exit_status();
  result.peak_resident_bytes = child.peak_resident_bytes();
  return result;
}

struct ProcessInput::Running {
  std::string name;
  Descriptor input;
  Descriptor errors;
  std::string last_words;
  Child child;

  Status read_errors() {
    return drain(errors, [this](Bytes bytes) -> Status {
      keep_end(last_words, bytes);
      return {};
    });
  }

  // Until the program takes more, or has said something.
  Status wait() {
    std::array<pollfd, 2> ends = {pollfd{input.get(), POLLOUT, 0}, pollfd{errors.get(), POLLIN, 0}};
    if (::poll(ends.data(), ends.size(), static_cast<int>(kTick.count())) < 0) return {};
    return ends[1].revents != 0 ? read_errors() : Status{};
  }

  std::unexpected<Error> ended() {
    input.reset();
    for (auto left = kGrace; errors.get() >= 0 && left > kTick && wait(); left -= kTick) {
    }
    return fail(Code::io, "'", name, "' ended early: ", printable(trim(last_words), 1000));
  }
};

ProcessInput::ProcessInput(std::unique_ptr<Running> running) : running_(std::move(running)) {}
ProcessInput::ProcessInput(ProcessInput&&) noexcept = default;
ProcessInput& ProcessInput::operator=(ProcessInput&&) noexcept = default;
ProcessInput::~ProcessInput() = default;

Expected<ProcessInput> ProcessInput::start(const std::vector<std::string>& argv) {
  if (argv.empty()) return fail(Code::invalid_argument, "no program to run");
  // A socket: writing to a pipe whose reader has gone would raise SIGPIPE.
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return system_error("socket", "cannot create");
  }
  Descriptor input(ends[0]);
  const Descriptor read_end(ends[1]);
  HONE_TRY(Pipe errors, make_pipe());
  SpawnSetup setup;
  setup.connect(STDIN_FILENO, read_end);
  setup.connect_to_nothing(STDOUT_FILENO);
  setup.connect(STDERR_FILENO, errors.write);
  HONE_TRY(const pid_t pid, setup.spawn(argv));
  return ProcessInput(std::unique_ptr<Running>(
      new Running{argv[0], std::move(input), std::move(errors.read), {}, Child(pid)}));
}

Status ProcessInput::write(Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t sent =
        ::send(running_->input.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) bytes = bytes.subspan(static_cast<size_t>(sent));
    if (sent >= 0 || errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return running_->ended();
    HONE_RETURN_IF_ERROR(running_->wait());
  }
  return {};
}

Expected<ProcessResult> ProcessInput::finish() {
  running_->input.reset();
  while (running_->errors.get() >= 0) HONE_RETURN_IF_ERROR(running_->read_errors());
  while (!running_->child.poll()) std::this_thread::sleep_for(milliseconds(1));
  ProcessResult result;
  result.exit_status = running_->child.exit_status();
  result.errors = std::move(running_->last_words);
  result.peak_resident_bytes = running_->child.peak_resident_bytes();
  return result;
}

}  // namespace hone
