// A plan's memory drawn: offsets upwards, groups of steps from left to right.
#pragma once

#include <string>

#include "console.h"
#include "memory_report.h"

namespace hone::cli {

// For a terminal: the largest values are letters, explained below; smaller ones are dots.
std::string drawing_of(const PlacedPlan& plan, const Console& console);

// An SVG picture of the whole report: a bar of all memory, and a chart a plan whose boxes tell what
// they are when the mouse rests on them.
std::string picture_of(const MemoryReport& report, std::string_view title);

}  // namespace hone::cli
