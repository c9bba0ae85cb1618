// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.volume;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.podruntime.process.RunAs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// The mounts of one container, and what absolute paths become where they lead into one.
public final class Mounts {
  /// One mount.
  private record Mount(String path, String volume, String subPath) {}

  private final List<Mount> mounts;

  private Mounts(List<Mount> mounts) {
    this.mounts = mounts;
  }

  /// @param expand replaces `$(VARIABLE)` in a `subPathExpr`
  public static Mounts of(JsonNode container, UnaryOperator<String> expand) {
    var mounts = new ArrayList<Mount>();
    for (JsonNode mount : container.path("volumeMounts")) {
      String path = mount.path("mountPath").asText();
      String trimmed =
          path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
      String expression = mount.path("subPathExpr").asText("");
      String subPath =
          expression.isEmpty() ? mount.path("subPath").asText("") : expand.apply(expression);
      mounts.add(new Mount(trimmed, mount.path("name").asText(), subPath));
    }
    mounts.sort(Comparator.comparing(Mount::path));
    return new Mounts(List.copyOf(mounts));
  }

  /// Puts the root before a path that begins with a mount path; leaves anything else as it is.
  public String rewrite(String value, Path root) {
    return isBelow(value) ? root + value : value;
  }

  private boolean isBelow(String value) {
    return value.startsWith("/")
        && mounts.stream()
            .map(Mount::path)
            .anyMatch(path -> value.equals(path) || value.startsWith(path + "/"));
  }

  /// Makes `<root><mount path>` a link to each volume's folder; parents come before what is mounted
  /// inside them.
  ///
  /// @param folders the volumes by name
  public void link(Path root, Map<String, Path> folders, RunAs owner) throws IOException {
    List<Path> inside = new ArrayList<>(List.of(root.toRealPath()));
    for (Path folder : folders.values()) {
      inside.add(folder.toRealPath());
    }
    for (Mount mount : mounts) {
      Path folder = folders.get(mount.volume);
      if (folder == null) {
        throw new IOException("volume \"%s\" is not defined".formatted(mount.volume));
      }
      Path target = mount.subPath.isEmpty() ? folder : within(folder, mount.subPath, owner);
      Path link = root.resolve(mount.path.substring(1));
      makeParents(root, Trees.parent(link), inside, owner);
      if (Files.isSymbolicLink(link)) {
        Files.delete(link);
      } else if (Files.exists(link)) {
        if (isFilled(link)) {
          throw new IOException(
              "%s already holds files of another volume: in the embedded mode a mount can't hide them"
                  .formatted(mount.path));
        }
        Files.delete(link);
      }
      Files.createSymbolicLink(link, target);
    }
  }

  private static boolean isFilled(Path path) throws IOException {
    if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      return Files.size(path) > 0;
    }
    try (var entries = Files.list(path)) {
      return entries.findAny().isPresent();
    }
  }

  private static Path within(Path folder, String subPath, RunAs owner) throws IOException {
    Path target = folder.resolve(subPath).normalize();
    if (!target.startsWith(folder)) {
      throw new IOException("subPath %s leaves its volume".formatted(subPath));
    }
    makeParents(folder, target, List.of(folder.toRealPath()), owner);
    return target;
  }

  /// Makes what is missing, following no link that leads out of the volumes: their content is the
  /// pods', and this may be done as root.
  private static void makeParents(Path from, Path to, List<Path> inside, RunAs owner)
      throws IOException {
    Path at = from;
    for (Path part : from.relativize(to)) {
      at = at.resolve(part);
      if (!Files.exists(at, LinkOption.NOFOLLOW_LINKS)) {
        Files.createDirectory(at);
        owner.own(at);
      } else if (Files.isSymbolicLink(at)) {
        Path real = at.toRealPath();
        if (inside.stream().noneMatch(real::startsWith)) {
          throw new IOException("the link %s leads out of its volume, to %s".formatted(at, real));
        }
      }
    }
  }
}
