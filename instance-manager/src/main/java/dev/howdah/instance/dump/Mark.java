// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.dump;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// What a DatabaseRestore writes on a database that it has filled, as the database's comment: whose
/// it is, and how far it has come.
///
/// @param uid of the DatabaseRestore
/// @param other of one that is being swapped the original's name; of one that was put in its place
///   the name that the original has now, empty if there was none
record Mark(String uid, State state, String other) {
  /// How far it has come.
  enum State {
    /// All data is in it.
    FILLED,

    /// And the original takes no sessions, since this takes its place now.
    SWAPPING,

    /// It has the name that it is to have.
    REPLACED
  }

  private static final Pattern TEXT =
      Pattern.compile("howdah restore (\\S+) (filled|swapping|replaced)(?: (.+))?", Pattern.DOTALL);

  Mark(String uid, State state) {
    this(uid, state, "");
  }

  static Optional<Mark> parse(String comment) {
    var found = TEXT.matcher(comment);
    if (!found.matches()) {
      return Optional.empty();
    }
    String other = found.group(3);
    return Optional.of(
        new Mark(
            found.group(1),
            State.valueOf(found.group(2).toUpperCase(Locale.ROOT)),
            other == null ? "" : other));
  }

  String text() {
    return "howdah restore %s %s %s"
        .formatted(uid, state.name().toLowerCase(Locale.ROOT), other)
        .strip();
  }
}
