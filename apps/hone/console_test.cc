#include "console.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <map>

#include "progress.h"
#include "table.h"

namespace hone::cli {
namespace {

TEST(Environment, FoldersFollowTheXdgRules) {
  std::map<std::string, std::string> variables = {{"HOME", "/home/u"}};
  const auto read = [&variables] {
    return read_environment([&variables](const char* name) -> const char* {
      const auto found = variables.find(name);
      return found == variables.end() ? nullptr : found->second.c_str();
    });
  };
  EXPECT_EQ(read().models_dir(), "/home/u/.local/share/hone/models");
  EXPECT_EQ(read().expanded("~/a b"), "/home/u/a b");
  EXPECT_EQ(read().expanded("~"), "/home/u");
  EXPECT_EQ(read().expanded("~other/a"), "~other/a");
  EXPECT_EQ(read().expanded("a/~/b"), "a/~/b");
  EXPECT_EQ(read().cache_dir, "/home/u/.cache/hone");
  variables["XDG_CACHE_HOME"] = "/c";
  variables["XDG_DATA_HOME"] = "relative";
  EXPECT_EQ(read().cache_dir, "/c/hone");
  EXPECT_EQ(read().data_dir, "/home/u/.local/share/hone");
  variables["HONE_HOME"] = "/h";
  EXPECT_EQ(read().models_dir(), "/h/models");
  EXPECT_EQ(read().cache_dir, "/h/cache");
  EXPECT_FALSE(read().no_color);
  variables["NO_COLOR"] = "";
  EXPECT_FALSE(read().no_color);
  variables["NO_COLOR"] = "0";
  EXPECT_TRUE(read().no_color);
  variables.clear();
  EXPECT_EQ(read().models_dir(), "");
  EXPECT_EQ(read().expanded("~/a"), "~/a");
}

TEST(Console, ColorsOnlyWhereTheyAreShown) {
  const Console console({-1, true, true}, {-1, true, false}, 80);
  EXPECT_EQ(console.out_style(Style::bold, "x"), "\x1b[1mx\x1b[0m");
  EXPECT_EQ(console.out_style(Style::plain, "x"), "x");
  EXPECT_EQ(console.err_style(Style::red, "x"), "x");
}

TEST(Console, AFullDiskIsAnError) {
  const int full = ::open("/dev/full", O_WRONLY);
  ASSERT_GE(full, 0);
  Console console({full, false, false}, {full, false, false}, 80);
  const Status status = console.print("x");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::io);
  ::close(full);
}

TEST(Console, WidthCountsColumns) {
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("Größe"), 5);
  EXPECT_EQ(display_width("日本"), 4);
  EXPECT_EQ(display_width("e\u0301"), 1);
  EXPECT_EQ(display_width("🙂"), 2);
  EXPECT_EQ(display_width("\xff\xfe"), 2);
}

TEST(Table, AlignsColumns) {
  Table table({{"NAME"}, {"SIZE", Align::right}, {"NOTE"}});
  table.row({"smollm2", "98.4 MB", "ok"});
  table.row({"Größe", "1 B"});
  EXPECT_EQ(table.text(),
            "NAME        SIZE  NOTE\n"
            "smollm2  98.4 MB  ok\n"
            "Größe        1 B\n");
}

TEST(Table, FitsATerminal) {
  Table table({{"NAME"}, {"SIZE", Align::right}, {"LICENSE"}}, "  ");
  table.row({"a_rather_long_name", "98.4 MB", "Größe der Lizenz"});
  const Console::Stream terminal{-1, true, false};
  EXPECT_EQ(table.text_for(Console({-1, false, false}, terminal, 30)), table.text());
  EXPECT_EQ(table.text_for(Console(terminal, terminal, 100)), table.text());
  EXPECT_EQ(table.text_for(Console(terminal, terminal, 37)),
            "  NAME                   SIZE  LICEN\u2026\n"
            "  a_rather_long_name  98.4 MB  Größe\u2026\n");
  // The name is what a person types: it goes last.
  EXPECT_EQ(table.text_for(Console(terminal, terminal, 32)),
            "  NAME                SIZE  LIC\u2026\n"
            "  a_rather_long_\u2026  98.4 MB  Grö\u2026\n");
  for (int width = 1; width < 60; ++width) {
    for (const std::string_view line :
         split(table.text_for(Console(terminal, terminal, width)), '\n')) {
      EXPECT_LE(display_width(line), std::max(width, 2 + 8 + 2 + 7 + 2 + 4));
    }
  }
}

TEST(Progress, TellsSpeedAndTimeLeft) {
  const ProgressState state{"smollm2", 44'000'000, 98'362'432, 12e6};
  EXPECT_EQ(
      progress_line(state, 100),
      "smollm2 [=============>                ]  44 %  44.0 MB of 98.4 MB  12.0 MB/s  5 s left");
  EXPECT_EQ(progress_line(state, 60), "smollm2  44 %  44.0 MB of 98.4 MB  12.0 MB/s  5 s left");
  EXPECT_EQ(progress_line(state, 20), "");
}

TEST(Progress, NeverWiderThanTheTerminal) {
  for (int width = 0; width < 200; ++width) {
    for (const uint64_t total : {uint64_t{0}, uint64_t{1}, uint64_t{1} << 40}) {
      const ProgressState state{"a rather long name of a model", total / 3, total, 5e5};
      EXPECT_LE(display_width(progress_line(state, width)), width);
    }
  }
}

TEST(Progress, Durations) {
  EXPECT_EQ(human_duration(0.2), "1 s");
  EXPECT_EQ(human_duration(125), "2 min 5 s");
  EXPECT_EQ(human_duration(3780), "1 h 3 min");
  EXPECT_EQ(human_duration(1e300), "99 h 59 min");
}

TEST(Progress, SilentAwayFromATerminalAndWipedOnOne) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const auto shown = [&ends](bool terminal) {
    Console console({-1, false, false}, {ends[1], terminal, false}, 80);
    {
      ProgressBar bar(console, "x", 100);
      bar.update(50, 100);
      bar.update(100, 100);
    }
    (void)::write(ends[1], ".", 1);
    char buffer[512];
    const ssize_t size = ::read(ends[0], buffer, sizeof buffer);
    return std::string(buffer, static_cast<size_t>(size));
  };
  EXPECT_NE(shown(true).find("100 %  100 B of 100 B"), std::string::npos) << shown(true);
  EXPECT_EQ(shown(false), ".");
  const std::string drawn = shown(true);
  EXPECT_TRUE(drawn.starts_with("\r\x1b[Kx [")) << drawn;
  EXPECT_TRUE(drawn.ends_with("\r\x1b[K.")) << drawn;
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace hone::cli
