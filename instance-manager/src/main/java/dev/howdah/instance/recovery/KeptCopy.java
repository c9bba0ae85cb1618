// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.recovery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The note about the data that a restore in place has kept aside: written before anything moves,
/// so that a restore that was cut anywhere can go on, or put everything back.
///
/// @param restore UID of the Restore that moved it
/// @param phase how far it is
/// @param parts the folders that the data consists of, its own first
/// @param previous the note of the Restore before; empty without one
public record KeptCopy(String restore, Phase phase, List<Part> parts, String previous) {
  /// The name of the data's own folder.
  private static final String DATA = "the data";

  /// The end of the note's name.
  static final String NOTE = "kept";

  /// On a Cluster, a moment: what Restores have kept before it is not needed any more.
  private static final String NOT_NEEDED = "howdah.dev/keptDataNotNeeded";

  private static final Logger LOG = LoggerFactory.getLogger(KeptCopy.class);
  private static final Duration KEPT_FOR = Duration.ofHours(24);

  public KeptCopy {
    parts = List.copyOf(parts);
  }

  /// How far a Restore is.
  enum Phase {
    /// The data is being moved aside, or other data is being made in its place.
    ASIDE,
    /// For an undo: what was kept is moving into the place, or is there.
    PLACED,
    /// The data in the place is whole and durable.
    DONE
  }

  /// One of the folders.
  ///
  /// @param name what it holds, as {@link dev.howdah.instance.server.ServerContext#dataFolders}
  ///   says
  /// @param had whether there was one when the Restore began
  /// @param older whether an earlier Restore's copy was there, which is kept until this one is done
  record Part(String name, boolean had, boolean older) {}

  /// Where the content of a folder is kept.
  static Path kept(Path folder) {
    return folder.resolveSibling(folder.getFileName() + ".before-restore");
  }

  private static Path over(Path folder) {
    return folder.resolveSibling(folder.getFileName() + ".before-restore.over");
  }

  /// The note, if there is one.
  ///
  /// @throws IOException also when it can't be understood, saying what a person can do
  static Optional<KeptCopy> of(DataDirectory data) throws IOException {
    Path note = data.beside(NOTE);
    String text;
    try {
      text = Files.readString(note);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    try {
      return Optional.of(parse(text));
    } catch (IOException | IllegalArgumentException e) {
      throw new IOException(
          "the note of a Restore, %s, can't be understood (\"%s\"), so nothing is touched: if %s exists and the data in %s isn't what is wanted, move the one to the place of the other, and likewise on the volumes of WAL and tablespaces; then delete the note and %s"
              .formatted(note, text, kept(data.path()), data.path(), data.beside("unfinished")),
          e);
    }
  }

  private static KeptCopy parse(String text) throws IOException {
    ObjectNode json = Json.parse(text);
    Phase phase = Phase.valueOf(json.path("phase").asText("").toUpperCase(Locale.ROOT));
    var parts = new ArrayList<Part>();
    for (JsonNode part : json.path("parts")) {
      parts.add(
          new Part(
              part.path("name").asText(""),
              part.path("had").asBoolean(true),
              part.path("older").asBoolean(false)));
    }
    if (!json.has("parts")) { // of the version that knew the data's own folder only
      parts.add(new Part(DATA, true, json.path("older").asBoolean(false)));
    }
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("it names no folder");
    }
    return new KeptCopy(
        json.path("restore").asText(""), phase, parts, json.path("previous").asText(""));
  }

  String text() {
    ObjectNode json =
        Json.object().put("restore", restore).put("phase", phase.name().toLowerCase(Locale.ROOT));
    var list = json.putArray("parts");
    for (Part part : parts) {
      list.addObject().put("name", part.name).put("had", part.had).put("older", part.older);
    }
    return json.put("previous", previous).toString();
  }

  KeptCopy with(Phase now) {
    return new KeptCopy(restore, now, parts, previous);
  }

  /// Before which moment nothing that was kept is needed any more, as a person said on the Cluster.
  public static Instant notNeeded(JsonNode cluster) {
    try {
      return Instant.parse(Json.annotation(cluster, NOT_NEEDED));
    } catch (DateTimeParseException e) {
      return Instant.EPOCH; // not said, or not understood: then it is needed
    }
  }

  /// Deletes what a Restore has kept for its undo when its day is over, or a person says that it is
  /// not needed: no sooner, however full a volume is. What a Restore that isn't done has moved is
  /// never touched.
  ///
  /// @param folders all that the data of the instance consists of
  /// @param notNeeded what was kept before this instant is not needed any more
  public static void forget(
      DataDirectory data, Collection<Path> folders, Instant now, Instant notNeeded)
      throws IOException {
    for (Path folder : folders) {
      DurableFiles.deleteTree(over(folder));
    }
    KeptCopy note = of(data).orElse(null);
    if (note == null || note.phase != Phase.DONE) {
      return;
    }
    Instant since = Files.getLastModifiedTime(data.beside(NOTE)).toInstant();
    if (since.isAfter(now.minus(KEPT_FOR)) && !since.isBefore(notNeeded)) {
      return;
    }
    for (Path folder : folders) {
      if (Files.exists(kept(folder))) {
        DurableFiles.move(kept(folder), over(folder)); // half a copy must not be taken for one
      }
    }
    DurableFiles.delete(data.beside(NOTE));
    for (Path folder : folders) {
      DurableFiles.deleteTree(over(folder));
    }
    LOG.atInfo().addKeyValue("folders", folders).log("what a Restore kept is deleted");
  }
}
