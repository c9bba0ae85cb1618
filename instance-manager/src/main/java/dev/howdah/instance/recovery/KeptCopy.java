// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.recovery;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.postgres.data.DataDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/// The note about the data that a restore in place has kept aside: written before anything moves,
/// so that a restore that was cut anywhere can go on, or put everything back.
///
/// @param restore UID of the Restore that moved it
/// @param phase how far it is
/// @param older whether an earlier Restore's copy was there, which is kept until this one is done
/// @param previous the note of that earlier Restore; empty without one
record KeptCopy(String restore, Phase phase, boolean older, String previous) {
  /// The end of the note's name, and its fields; the server's upkeep reads them too.
  static final String NOTE = "kept";

  /// How far a Restore is.
  enum Phase {
    /// The data is being moved aside, or other data is being made in its place.
    ASIDE,
    /// For an undo: what was kept is moving into the place, or is there.
    PLACED,
    /// The data in the place is whole and durable.
    DONE
  }

  static Optional<KeptCopy> of(DataDirectory data) throws IOException {
    Path note = data.beside(NOTE);
    return Files.exists(note) ? Optional.of(parse(Files.readString(note))) : Optional.empty();
  }

  private static KeptCopy parse(String text) throws IOException {
    ObjectNode json = Json.parse(text);
    Phase phase;
    try {
      phase = Phase.valueOf(json.path("phase").asText("").toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new IOException("the note of a Restore can't be understood: " + text, e);
    }
    return new KeptCopy(
        json.path("restore").asText(""),
        phase,
        json.path("older").asBoolean(false),
        json.path("previous").asText(""));
  }

  String text() {
    return Json.object()
        .put("restore", restore)
        .put("phase", phase.name().toLowerCase(Locale.ROOT))
        .put("older", older)
        .put("previous", previous)
        .toString();
  }

  KeptCopy with(Phase now) {
    return new KeptCopy(restore, now, older, previous);
  }
}
