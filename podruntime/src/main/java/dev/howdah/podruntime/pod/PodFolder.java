// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.podruntime.objects.Key;
import dev.howdah.podruntime.volume.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A pod's folder: `<pods>/<id>` with `pod.json` (whose it is), `hosts`, `v/` (volumes) and
/// `c/<container>/` (root, logs, records). The id is short, since paths of sockets have to be;
/// `<names>/<namespace>/<pod>` is a link to it for people.
final class PodFolder {
  private static final Logger LOG = LoggerFactory.getLogger(PodFolder.class);
  private static final String RECORD = "pod.json";

  private final Path path;
  private final Path name;
  private final Key key;
  private final String uid;
  private final String ip;

  private PodFolder(Path path, Path name, Key key, String uid, String ip) {
    this.path = path;
    this.name = name;
    this.key = key;
    this.uid = uid;
    this.ip = ip;
  }

  /// All folders of a home.
  static List<PodFolder> all(Path home) throws IOException {
    var list = new ArrayList<PodFolder>();
    Path pods = home.resolve("pods");
    if (Files.isDirectory(pods)) {
      try (var folders = Files.newDirectoryStream(pods)) {
        for (Path each : folders) {
          Optional<PodFolder> known = read(home, each);
          if (known.isPresent()) {
            list.add(known.get());
          } else if (!Files.exists(each.resolve("c"))) {
            Trees.delete(each); // cut short by a crash: no container was ever started in it
          }
        }
      }
    }
    return list;
  }

  private static Optional<PodFolder> read(Path home, Path path) throws IOException {
    Path file = path.resolve(RECORD);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    byte[] text = Files.readAllBytes(file);
    ObjectNode record;
    try {
      record = Json.parse(text);
    } catch (IOException | IllegalArgumentException e) {
      // Torn by an earlier version that was killed before it started anything in here.
      LOG.atWarn().addKeyValue("file", file).addKeyValue("error", e.getMessage()).log("unreadable");
      return Optional.empty();
    }
    var key = new Key(record.path("namespace").asText(), record.path("name").asText());
    return Optional.of(
        new PodFolder(
            path,
            nameLink(home, key),
            key,
            record.path("uid").asText(),
            record.path("ip").asText()));
  }

  /// A new folder.
  static PodFolder create(Path home, Key key, String uid, String ip) throws IOException {
    Path pods = Trees.make(home.resolve("pods"));
    int seed = key.hashCode() & 0x3fffffff;
    Path path = pods.resolve(Integer.toString(seed, 36));
    while (Files.exists(path)) {
      path = pods.resolve(Integer.toString(++seed, 36));
    }
    Trees.make(path);
    ObjectNode record = Json.object();
    record.put("namespace", key.namespace()).put("name", key.name());
    record.put("uid", uid).put("ip", ip);
    Path fresh = path.resolve(RECORD + ".new");
    Files.write(fresh, Json.bytes(record));
    Files.move(fresh, path.resolve(RECORD), StandardCopyOption.ATOMIC_MOVE);
    Path link = nameLink(home, key);
    Trees.make(Trees.parent(link));
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, Trees.parent(link).relativize(path));
    return new PodFolder(path, link, key, uid, ip);
  }

  private static Path nameLink(Path home, Key key) {
    return home.resolve("names").resolve(key.namespace()).resolve(key.name());
  }

  Path path() {
    return path;
  }

  Key key() {
    return key;
  }

  String uid() {
    return uid;
  }

  String ip() {
    return ip;
  }

  Path hosts() {
    return path.resolve("hosts");
  }

  /// The folder of a container.
  Path container(String name) {
    return path.resolve("c").resolve(name);
  }

  /// The names of the containers that were ever started here.
  List<String> containers() throws IOException {
    if (!Files.isDirectory(path.resolve("c"))) {
      return List.of();
    }
    try (var folders = Files.list(path.resolve("c"))) {
      return folders.map(folder -> folder.getFileName().toString()).toList();
    }
  }

  /// Removes it with all that is in it. Does nothing where that was done already, as for a pod
  /// whose object could not be deleted at once.
  void delete() throws IOException {
    if (Files.isSymbolicLink(name)
        && Trees.parent(name).resolve(Files.readSymbolicLink(name)).normalize().equals(path)) {
      Files.delete(name);
    }
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    // The record goes last: what is left of an interrupted deletion is found by it.
    try (var parts = Files.list(path)) {
      for (Path part : (Iterable<Path>) parts::iterator) {
        if (!part.getFileName().toString().equals(RECORD)) {
          Trees.delete(part);
        }
      }
    }
    Trees.delete(path);
  }
}
