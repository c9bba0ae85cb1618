// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.dump;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// What a DatabaseRestore writes on a database that it made, as the database's comment: whose it
/// is, and how far it has come. A database without it is a user's, and is never touched.
///
/// @param uid of the DatabaseRestore
/// @param kept the name that the replaced database has now; empty if none was replaced
record Mark(String uid, State state, String kept) {
  /// How far it has come.
  enum State {
    FILLING,

    /// All data is in it.
    FILLED,

    /// And the original takes no sessions, since this takes its place now.
    SWAPPING,

    /// It is in the original's place.
    REPLACED
  }

  private static final Pattern TEXT =
      Pattern.compile(
          "howdah restore (\\S+) (filling|filled|swapping|replaced)(?: (.+))?", Pattern.DOTALL);

  Mark(String uid, State state) {
    this(uid, state, "");
  }

  static Optional<Mark> parse(String comment) {
    var found = TEXT.matcher(comment);
    if (!found.matches()) {
      return Optional.empty();
    }
    String kept = found.group(3);
    return Optional.of(
        new Mark(
            found.group(1),
            State.valueOf(found.group(2).toUpperCase(Locale.ROOT)),
            kept == null ? "" : kept));
  }

  String text() {
    return "howdah restore %s %s %s"
        .formatted(uid, state.name().toLowerCase(Locale.ROOT), kept)
        .strip();
  }
}
