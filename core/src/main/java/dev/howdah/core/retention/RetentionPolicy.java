// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.retention;

import java.time.Duration;
import java.util.regex.Pattern;

/// What must stay restorable: any moment of a window before now, or a number of backups.
public sealed interface RetentionPolicy {
  /// Every moment of the last `window` must be reachable.
  record Window(Duration window) implements RetentionPolicy {}

  /// The newest `count` backups stay.
  record Count(int count) implements RetentionPolicy {}

  /// Reads `30d`, `4w`, `2m` (months of 31 days) as in `backup.retentionPolicy`, barman's long
  /// forms `RECOVERY WINDOW OF 4 WEEKS` and `REDUNDANCY 3`.
  ///
  /// @throws IllegalArgumentException with the forms there are
  static RetentionPolicy parse(String text) {
    var shortForm = Pattern.compile("([1-9][0-9]{0,4})([dwm])").matcher(text.strip());
    if (shortForm.matches()) {
      return new Window(days(Integer.parseInt(shortForm.group(1)), shortForm.group(2)));
    }
    var window =
        Pattern.compile(
                "RECOVERY WINDOW OF ([0-9]{1,5}) (DAY|WEEK|MONTH)S?", Pattern.CASE_INSENSITIVE)
            .matcher(text.strip());
    if (window.matches()) {
      return new Window(days(Integer.parseInt(window.group(1)), window.group(2)));
    }
    var count =
        Pattern.compile("REDUNDANCY ([0-9]{1,5})", Pattern.CASE_INSENSITIVE).matcher(text.strip());
    if (count.matches()) {
      return new Count(Integer.parseInt(count.group(1)));
    }
    throw new IllegalArgumentException(
        "no retention policy: \"%s\"; write a recovery window as 30d, 4w or 2m".formatted(text));
  }

  private static Duration days(int number, String unit) {
    return Duration.ofDays(
        (long) number
            * switch (Character.toLowerCase(unit.charAt(0))) {
              case 'd' -> 1;
              case 'w' -> 7;
              default -> 31;
            });
  }
}
