#pragma once
// The language of scenario scripts: a story in a few lines that drives the real fleet under a virtual clock.
//
// One statement per line, or several with " ; " between them; '#' begins a comment. Rows are made up from a seed, so a
// script does the same on every machine.
//
//   seed 7                                     of rows and ids; default 1
//   start 2026-03-28T00:00Z                    default 2026-01-05T00:00Z
//   pace 1m                                    time from one row to the next; default 1m
//   batch 2 rows                               of a prediction; default 50. Latency is measured once per batch
//   model churn task=binary columns=a,b,c      the only model; task binary or regression, entity=no leaves entities out
//     | retrain:                               YAML of the model's config; a key replaces the script's default for it
//     |   cooldown: 24h
//   train 1000 rows                            labelled history, first version
//   serve 500 rows                             predictions in batches, their labels, a tick after each batch
//   serve until event TYPE [key=value …] within 5000 rows
//   shift feature age by +2sd / shift all by 0.5sd / settle
//   scale feature age by 1000 / drop feature age 30% / mend      a fault of the pipeline: the truth does not follow it
//   relabel concept 2 / labels noise 1.0 / labels off / labels on / labels delay 300 rows
//   labels share 5%                            only so many rows get theirs
//   labels delay challenger 500 rows           so much later, where the customer is in the challenger's arm
//   lose customers challenger 40% / lose off   so many of the arm's customers never arrive
//   jump 365d                                  the clock is put forward at once; one tick
//   advance 2h                                 time passes without rows; the loop ticks every minute or so, as needed
//   tick 1000                                  so many ticks at this instant
//   inject latency challenger +300ms / inject latency champion +300ms / inject latency off
//   inject failure trainer / inject failure off
//   trigger manual / trigger event NAME [priority=N] [id=ID]
//   promote 1.0.1 [override] / rollback [to 1.0.0] / pin 1.0.1 [release] / approve 1.0.1 [digest=…]
//   refused STATEMENT                          must end in an error; `refused ~text STATEMENT` also says so
//   restart                                    the process dies; the same history is made again over the same journal
//   mark                                       expectations look at events from here on
//   expect event TYPE [key=value …]            the next one of that kind after the last expected event
//   expect no event TYPE [key=value …]         none since the mark
//   expect 2 events TYPE [key=value …]         exactly so many since the mark
//   expect champion 1.0.1 / expect weight challenger 10% / expect phase shadow|canary|watch|none
//   expect outcome kept_champion               of the newest ended cycle
//   expect version 1.0.1 quarantined
//   expect answer retrain|skip [~text]         of the last trigger
//   expect alert TYPE                          somebody was told, since the last such line
//   expect every outcome announced
//
// key=value compares a field of the event's body (a.b goes deeper, a list matches where one element does); key~text
// looks for a part of a text (a blank is written '_'), key>1 and key<1 compare numbers. `at` is the event's time.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace perennial::scenario {

struct Statement {
  int line = 0;
  std::string text;
  std::vector<std::string> words;
  std::string yaml;  ///< of `model` only
};

/// Error: invalid, with "file:line".
Result<std::vector<Statement>> parse_script(std::string_view text, const std::string& file);

/// Runs a script to its end, in `directory`. Error: the first statement that could not be done or was not met, with
/// "file:line: statement" and, for expectations, what there was instead.
Status run_script(std::string_view text, const std::string& file, const std::string& directory,
                  const std::string& trainer);

}  // namespace perennial::scenario
