// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

/// A primary that the guard kept running when its instance manager died.
///
/// @param incarnation the run that started it, or adopted it last
/// @param permit until when it may accept writes, on the boot-time clock
public record Kept(String incarnation, long permit) {
  public static final Kept NONE = new Kept("", Long.MIN_VALUE);
}
