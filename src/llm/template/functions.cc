// Global functions: range, namespace, dict, raise_exception, strftime_now.
#include <array>
#include <chrono>
#include <cstdio>

#include "llm/template/builtins.h"

namespace hone::jinja {
namespace {

constexpr int64_t kMaxRange = 100'000;  // as Jinja's sandbox
constexpr size_t kMaxFormat = 200;

Expected<Value> range(const Call& call) {
  HONE_TRY(const int64_t first, call.int_arg(0));
  HONE_TRY(const int64_t second, call.int_arg(1));
  HONE_TRY(const int64_t step, call.int_arg(2, 1));
  const int64_t start = call.has(1) ? first : 0;
  const int64_t stop = call.has(1) ? second : first;
  if (step == 0) return fail(Code::invalid_argument, "range() arg 3 must not be zero");
  Values items;
  for (int64_t i = start; step > 0 ? i < stop : i > stop;) {
    if (static_cast<int64_t>(items.size()) == kMaxRange) {
      return fail(Code::limit_exceeded, "a range has over ", kMaxRange, " numbers");
    }
    items.push_back(Value(i));
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  return make_list(call.meter(), std::move(items));
}

Expected<Value> make_namespace(const Call& call) {
  HONE_RETURN_IF_ERROR(call.meter().charge(4 * kItemWork * (call.all.named.size() + 1)));
  Namespace& space = call.context.namespaces.emplace_back();
  for (const Value& source : call.all.positional) {
    if (source.dict() == nullptr) {
      return fail(Code::invalid_argument, "namespace() takes a dict and named arguments");
    }
    HONE_RETURN_IF_ERROR(call.meter().charge(kItemWork * source.dict()->entries.size()));
    for (const auto& [key, value] : source.dict()->entries) {
      if (key.text() != nullptr) space.members[*key.text()] = value;
    }
  }
  for (const auto& [name, value] : call.all.named) space.members[std::string(name)] = value;
  return Value(&space);
}

Expected<Value> dict(const Call& call) {
  Entries entries;
  for (const Value& source : call.all.positional) {
    if (source.dict() == nullptr || !entries.empty()) {
      return fail(Code::unsupported, "dict() takes one dict and named arguments");
    }
    HONE_RETURN_IF_ERROR(call.meter().charge(kItemWork * source.dict()->entries.size()));
    entries = source.dict()->entries;
  }
  for (const auto& [name, value] : call.all.named) {
    HONE_RETURN_IF_ERROR(call.meter().charge(entries.size()));
    size_t at = 0;
    while (at < entries.size() &&
           (entries[at].first.text() == nullptr || *entries[at].first.text() != name)) {
      ++at;
    }
    if (at == entries.size()) entries.emplace_back(Value(name), Value());
    entries[at].second = value;
  }
  return make_dict(call.meter(), std::move(entries));
}

Expected<Value> raise_exception(const Call& call) {
  HONE_TRY(const std::string message, to_text(call.meter(), call.arg(0)));
  return fail(Code::invalid_argument, printable(message, 1000));
}

constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};

struct Clock {
  int year, month, day, week_day, year_day;
  int hour, minute, second;
};

Clock clock_at(int64_t local_time_s) {
  using namespace std::chrono;
  const sys_seconds time{seconds(local_time_s)};
  const sys_days day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss<seconds> clock(time - day);
  const sys_days new_year = sys_days(date.year() / January / 1);
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          static_cast<int>(weekday(day).c_encoding()),
          static_cast<int>((day - new_year).count()) + 1,
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count())};
}

// One conversion of strftime in the C locale; `pad` is what fills two digits, none for "%-d".
bool append_time(std::string& out, const Clock& t, char conversion, std::string_view pad) {
  const auto digits = [&](int number, size_t width) {
    const std::string text = cat(number);
    for (size_t i = text.size(); i < width && !pad.empty(); ++i) out += pad;
    out += text;
    return true;
  };
  const auto word = [&](std::string_view text) {
    out += text;
    return true;
  };
  const auto month = static_cast<size_t>(t.month - 1);
  const auto week_day = static_cast<size_t>(t.week_day);
  switch (conversion) {
    case 'Y':
      return digits(t.year, 4);
    case 'y':
      return digits(t.year % 100, 2);
    case 'm':
      return digits(t.month, 2);
    case 'd':
      return digits(t.day, 2);
    case 'e':
      return pad = " ", digits(t.day, 2);
    case 'H':
      return digits(t.hour, 2);
    case 'I':
      return digits(t.hour % 12 == 0 ? 12 : t.hour % 12, 2);
    case 'M':
      return digits(t.minute, 2);
    case 'S':
      return digits(t.second, 2);
    case 'j':
      return digits(t.year_day, 3);
    case 'w':
      return pad = "", digits(t.week_day, 1);
    case 'p':
      return word(t.hour < 12 ? "AM" : "PM");
    case 'A':
      return word(kDays[week_day]);
    case 'a':
      return word(kDays[week_day].substr(0, 3));
    case 'B':
      return word(kMonths[month]);
    case 'b':
    case 'h':
      return word(kMonths[month].substr(0, 3));
    case '%':
      return word("%");
    case 'n':
      return word("\n");
    case 't':
      return word("\t");
    default:
      return false;
  }
}

// Shorthands that strftime defines as others.
std::string_view expansion(char conversion) {
  switch (conversion) {
    case 'F':
      return "%Y-%m-%d";
    case 'T':
    case 'X':
      return "%H:%M:%S";
    case 'R':
      return "%H:%M";
    case 'D':
    case 'x':
      return "%m/%d/%y";
    case 'c':
      return "%a %b %e %H:%M:%S %Y";
    default:
      return {};
  }
}

Status append_format(std::string& out, const Clock& clock, std::string_view format) {
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      out += format[i];
      continue;
    }
    ++i;
    const bool bare = format[i] == '-' && i + 1 < format.size();
    if (bare) ++i;
    if (const std::string_view longer = expansion(format[i]); !longer.empty()) {
      HONE_RETURN_IF_ERROR(append_format(out, clock, longer));
    } else if (!append_time(out, clock, format[i], bare ? "" : "0")) {
      return fail(Code::unsupported, "strftime_now() does not know '%",
                  printable(format.substr(i, 1)), "'");
    }
  }
  return {};
}

Expected<Value> strftime_now(const Call& call) {
  HONE_TRY(const std::string_view format, call.text_arg(0));
  if (format.size() > kMaxFormat) {
    return fail(Code::limit_exceeded, "a time format has over ", kMaxFormat, " bytes");
  }
  std::string out;
  HONE_RETURN_IF_ERROR(append_format(out, clock_at(call.context.local_time_s), format));
  return make_text(call.meter(), std::move(out));
}

constexpr Builtin kFunctions[] = {
    {"range", "start stop step", 1, range},
    {"namespace", "*", 0, make_namespace},
    {"dict", "*", 0, dict},
    {"raise_exception", "message", 1, raise_exception},
    {"strftime_now", "format", 1, strftime_now},
};

}  // namespace

const Builtin* find_function(std::string_view name) {
  for (const Builtin& function : kFunctions) {
    if (function.name == name) return &function;
  }
  return nullptr;
}

}  // namespace hone::jinja
