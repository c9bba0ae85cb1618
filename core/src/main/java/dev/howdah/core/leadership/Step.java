// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import java.util.List;

/// The outcome of one event.
///
/// @param wakeAt feed [Event.Tick] no later than this instant of the boot-time clock
public record Step(State state, List<Effect> effects, long wakeAt) {}
