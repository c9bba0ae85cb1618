// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.file;

import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.PutOptions;
import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.StoreException.Kind;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Objects as files below a folder. A file appears under its name only when it is whole and on disk
/// (written beside, fsync, rename, fsync of the folder).
public final class FileStore implements ObjectStore {
  private static final String TEMPORARY = ".howdah-";
  private static final int ATTEMPTS = 100;
  private final Path root;

  public FileStore(Path root) {
    this.root = root.toAbsolutePath().normalize();
  }

  private Path path(String key) {
    var path = root.resolve(key).normalize();
    if (key.isEmpty() || key.startsWith("/") || !path.startsWith(root) || path.equals(root)) {
      throw new StoreException(Kind.REFUSED, "\"" + key + "\" is no key inside " + root);
    }
    return path;
  }

  @Override
  public boolean put(String key, Body body, PutOptions options) {
    var target = path(key);
    try {
      var temporary = beside(target, file -> Files.createFile(file));
      try {
        write(temporary, List.of(body));
        return publish(temporary, target, options.ifAbsent());
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw failure("write", target, e);
    }
  }

  @FunctionalInterface
  private interface Creation {
    void at(Path path) throws IOException;
  }

  /// Makes something temporary in the folder of a file. Whoever deletes the last object of a folder
  /// takes the folder away, perhaps just when we have made it, or just when we have found that it
  /// exists: [Files#createDirectories] says then that the name is taken by something else.
  private static Path beside(Path target, Creation creation) throws IOException {
    var temporary = parent(target).resolve(TEMPORARY + UUID.randomUUID());
    for (int attempt = 1; ; attempt++) {
      try {
        Files.createDirectories(parent(target));
        creation.at(temporary);
        return temporary;
      } catch (NoSuchFileException | FileAlreadyExistsException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private static boolean publish(Path temporary, Path target, boolean ifAbsent) throws IOException {
    if (ifAbsent) {
      try {
        Files.createLink(target, temporary); // fails if there is one, in one step
      } catch (FileAlreadyExistsException e) {
        return false;
      }
    } else {
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    }
    try (var folder = FileChannel.open(parent(target), StandardOpenOption.READ)) {
      folder.force(true);
    }
    return true;
  }

  private static void write(Path file, Collection<Body> bodies) throws IOException {
    try (var channel =
            FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE);
        var out = Channels.newOutputStream(channel)) {
      for (var body : bodies) {
        try (var in = body.open()) {
          in.transferTo(out);
        }
      }
      channel.force(true);
    }
  }

  private static Path parent(Path path) {
    var parent = path.getParent();
    if (parent == null) {
      throw new IllegalStateException(path + " has no folder");
    }
    return parent;
  }

  @Override
  public Upload begin(String key, PutOptions options) {
    var target = path(key);
    try {
      var folder = beside(target, path -> Files.createDirectory(path));
      return new FolderOfParts(target, folder, options);
    } catch (IOException e) {
      throw failure("write", target, e);
    }
  }

  /// Who gives it up while parts are being written waits for these, and no more are taken: else one
  /// could make a file in the very folder that is being deleted.
  private static final class FolderOfParts implements Upload {
    private final Path target;
    private final Path folder;
    private final PutOptions options;
    private final TreeMap<Integer, Path> parts = new TreeMap<>();
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private boolean closed;

    FolderOfParts(Path target, Path folder, PutOptions options) {
      this.target = target;
      this.folder = folder;
      this.options = options;
    }

    @Override
    public void part(int number, Body body) {
      var file = folder.resolve(Integer.toString(number));
      lock.readLock().lock();
      try {
        if (closed) {
          throw new StoreException(Kind.NOT_FOUND, "the upload of " + target + " was given up");
        }
        Files.deleteIfExists(file);
        write(file, List.of(body));
      } catch (IOException e) {
        throw failure("write", target, e);
      } finally {
        lock.readLock().unlock();
      }
      synchronized (parts) {
        parts.put(number, file);
      }
    }

    @Override
    public void complete() {
      try {
        var whole = folder.resolve("whole");
        var bodies = new ArrayList<Body>();
        synchronized (parts) {
          for (var part : parts.values()) {
            bodies.add(Body.of(part));
          }
        }
        write(whole, bodies);
        publish(whole, target, options.ifAbsent());
      } catch (IOException e) {
        throw failure("write", target, e);
      }
    }

    @Override
    public void close() {
      lock.writeLock().lock();
      try {
        closed = true;
        delete();
      } finally {
        lock.writeLock().unlock();
      }
    }

    private void delete() {
      try (var files = Files.walk(folder)) {
        for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      } catch (NoSuchFileException e) {
        // closed before
      } catch (IOException e) {
        throw failure("clean up", folder, e);
      }
    }
  }

  @Override
  public Optional<ObjectInfo> head(String key) {
    var path = path(key);
    try {
      return Files.isRegularFile(path) ? Optional.of(info(path)) : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw failure("read", path, e);
    }
  }

  private ObjectInfo info(Path path) throws IOException {
    long size = Files.size(path);
    long modified = Files.getLastModifiedTime(path).toMillis();
    return new ObjectInfo(root.relativize(path).toString(), size, modified, size + "-" + modified);
  }

  @Override
  public InputStream get(String key, long offset) {
    var path = path(key);
    try {
      if (Files.isDirectory(path)) {
        throw new NoSuchFileException(path.toString());
      }
      var channel = FileChannel.open(path, StandardOpenOption.READ);
      channel.position(offset);
      return Channels.newInputStream(channel);
    } catch (IOException e) {
      throw failure("read", path, e);
    }
  }

  @Override
  public void list(String prefix, Consumer<ObjectInfo> each) {
    int slash = prefix.lastIndexOf('/');
    var folder = slash < 0 ? root : root.resolve(prefix.substring(0, slash)).normalize();
    if (!folder.startsWith(root) || !Files.isDirectory(folder)) {
      return;
    }
    var keys = new ArrayList<String>();
    try {
      Files.walkFileTree(
          folder,
          new Present(file -> {
            var key = root.relativize(file).toString();
            if (key.startsWith(prefix) && !key.contains(TEMPORARY)) {
              keys.add(key);
            }
          }));
    } catch (IOException e) {
      throw failure("list", folder, e);
    }
    keys.sort(null);
    keys.forEach(key -> head(key).ifPresent(each));
  }

  /// Visits the files there are; what is deleted meanwhile isn't.
  private static final class Present extends SimpleFileVisitor<Path> {
    private final Consumer<Path> each;

    Present(Consumer<Path> each) {
      this.each = each;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      if (Files.isRegularFile(file)) {
        each.accept(file);
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
      return unlessGone(e);
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e)
        throws IOException {
      return e == null ? FileVisitResult.CONTINUE : unlessGone(e);
    }

    private static FileVisitResult unlessGone(IOException e) throws IOException {
      if (e instanceof NoSuchFileException) {
        return FileVisitResult.CONTINUE;
      }
      throw e;
    }
  }

  @Override
  public Level level(String prefix) {
    var objects = new ArrayList<ObjectInfo>();
    var prefixes = new ArrayList<String>();
    list(
        prefix,
        info -> {
          int slash = info.key().indexOf('/', prefix.length());
          if (slash < 0) {
            objects.add(info);
          } else {
            var deeper = info.key().substring(0, slash + 1);
            if (prefixes.isEmpty() || !prefixes.getLast().equals(deeper)) {
              prefixes.add(deeper);
            }
          }
        });
    return new Level(objects, prefixes.stream().distinct().toList());
  }

  @Override
  public void delete(Collection<String> keys) {
    for (var key : keys) {
      var path = path(key);
      try {
        Files.deleteIfExists(path);
        removeEmptyFolders(parent(path));
      } catch (IOException e) {
        throw failure("delete", path, e);
      }
    }
  }

  private void removeEmptyFolders(Path folder) throws IOException {
    for (var f = folder; !f.equals(root) && f.startsWith(root); f = parent(f)) {
      try (var entries = Files.list(f)) {
        if (entries.findAny().isPresent()) {
          return;
        }
      } catch (NoSuchFileException e) {
        continue;
      }
      try {
        Files.deleteIfExists(f);
      } catch (DirectoryNotEmptyException e) {
        return; // somebody stores something there just now
      }
    }
  }

  @Override
  public String location() {
    return "file://" + root;
  }

  @Override
  public void close() {}

  private static StoreException failure(String what, Path path, IOException e) {
    var kind =
        switch (e) {
          case NoSuchFileException _, FileNotFoundException _ -> Kind.NOT_FOUND;
          case AccessDeniedException _ -> Kind.DENIED;
          default ->
              String.valueOf(e.getMessage()).contains("No space left")
                  ? Kind.FULL
                  : Kind.UNAVAILABLE;
        };
    return new StoreException(kind, "can't %s %s: %s".formatted(what, path, e.getMessage()), e);
  }
}
