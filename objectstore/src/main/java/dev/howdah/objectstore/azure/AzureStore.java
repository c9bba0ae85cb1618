// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.azure;

import dev.howdah.http.Answer;
import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.PutOptions;
import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.StoreException.Kind;
import dev.howdah.objectstore.http.Xml;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import javax.xml.stream.XMLStreamException;

/// A container of Azure Blob Storage, or the part of it below a prefix (Azure "Blob service REST
/// API": Put Blob, Put Block, Put Block List, Get Blob, List Blobs, Delete Blob). Each blob and
/// block goes with its MD5, which the service checks.
public final class AzureStore implements ObjectStore {
  private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter.RFC_1123_DATE_TIME;
  private final AzureSettings settings;
  private final AzureHttp http;
  private final String prefix;
  private final RandomGenerator random = RandomGenerator.getDefault();

  public AzureStore(AzureSettings settings, AzureLogin login) {
    this.settings = settings;
    this.http = new AzureHttp(settings, login);
    this.prefix = settings.prefix().isEmpty() ? "" : settings.prefix() + "/";
  }

  private <T> T retried(dev.howdah.objectstore.Retry.Attempt<T> attempt) {
    return settings.retry().call(random, attempt);
  }

  private static Map<String, String> tags(PutOptions options) {
    if (options.tags().isEmpty()) {
      return Map.of();
    }
    var text = new StringBuilder();
    new TreeMap<>(options.tags())
        .forEach((name, value) -> {
          text.append(text.isEmpty() ? "" : "&").append(AzureHttp.encode(name, false));
          text.append('=').append(AzureHttp.encode(value, false));
        });
    return Map.of("x-ms-tags", text.toString());
  }

  @Override
  public boolean put(String key, Body body, PutOptions options) {
    var headers = new TreeMap<>(tags(options));
    headers.put("x-ms-blob-type", "BlockBlob");
    headers.put("content-md5", md5(body));
    if (options.ifAbsent()) {
      headers.put("if-none-match", "*");
    }
    return retried(() -> {
      var answer = http.send("PUT", prefix + key, Map.of(), headers, body, 201, 409, 412);
      if (answer.status() == 201) {
        drain(answer);
        return true;
      }
      var failure = http.failure("PUT", key, answer);
      if (options.ifAbsent()
          && (answer.status() == 412
              || String.valueOf(failure.getMessage()).contains("BlobAlreadyExists"))) {
        return false;
      }
      throw failure;
    });
  }

  private static String md5(Body body) {
    try (var in = body.open()) {
      var digest = MessageDigest.getInstance("MD5");
      var chunk = new byte[64 * 1024];
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        digest.update(chunk, 0, n);
      }
      return Base64.getEncoder().encodeToString(digest.digest());
    } catch (IOException e) {
      throw new StoreException(Kind.REFUSED, "what to send can't be read: " + e.getMessage(), e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public Upload begin(String key, PutOptions options) {
    return new Blocks(key, options);
  }

  /// Blocks are not to be seen before they are listed; those of an upload given up are removed by
  /// the service after a week.
  private final class Blocks implements Upload {
    private final String key;
    private final PutOptions options;
    private final String id = UUID.randomUUID().toString();
    private final TreeSet<Integer> numbers = new TreeSet<>();

    Blocks(String key, PutOptions options) {
      this.key = key;
      this.options = options;
    }

    private String blockId(int number) {
      return Base64.getEncoder()
          .encodeToString((id + "-%06d".formatted(number)).getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public void part(int number, Body body) {
      var headers = Map.of("content-md5", md5(body));
      var query = Map.of("comp", "block", "blockid", blockId(number));
      retried(() -> {
        drain(http.send("PUT", prefix + key, query, headers, body, 201));
        return true;
      });
      synchronized (numbers) {
        numbers.add(number);
      }
    }

    @Override
    public void complete() {
      var list = new StringBuilder("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>");
      synchronized (numbers) {
        numbers.forEach(n -> list.append("<Latest>").append(blockId(n)).append("</Latest>"));
      }
      var body = Body.of(list.append("</BlockList>").toString().getBytes(StandardCharsets.UTF_8));
      retried(() -> {
        drain(
            http.send("PUT", prefix + key, Map.of("comp", "blocklist"), tags(options), body, 201));
        return true;
      });
    }

    @Override
    public void close() {
      // nothing to see, nothing to remove
    }
  }

  @Override
  public Optional<ObjectInfo> head(String key) {
    return retried(() -> {
      var answer = http.send("HEAD", prefix + key, Map.of(), Map.of(), null, 200, 404);
      drain(answer);
      return answer.status() == 404
          ? Optional.empty()
          : Optional.of(
              new ObjectInfo(
                  key,
                  answer.header("content-length").map(Long::parseLong).orElse(0L),
                  answer.header("last-modified").map(AzureStore::millis).orElse(0L),
                  answer.header("etag").orElse("")));
    });
  }

  private static long millis(String date) {
    return ZonedDateTime.parse(date, HTTP_DATE).toInstant().toEpochMilli();
  }

  @Override
  public InputStream get(String key, long offset) {
    Map<String, String> headers =
        offset == 0 ? Map.of() : Map.of("x-ms-range", "bytes=" + offset + "-");
    return retried(() -> http.send("GET", prefix + key, Map.of(), headers, null, 200, 206).body());
  }

  @Override
  public void list(String listed, Consumer<ObjectInfo> each) {
    pages(listed, "", each, _ -> {});
  }

  @Override
  public Level level(String listed) {
    var objects = new ArrayList<ObjectInfo>();
    var prefixes = new ArrayList<String>();
    pages(listed, "/", objects::add, prefixes::add);
    return new Level(objects, prefixes);
  }

  private void pages(
      String listed, String delimiter, Consumer<ObjectInfo> each, Consumer<String> eachPrefix) {
    String marker = "";
    do {
      var query = new TreeMap<>(Map.of("restype", "container", "comp", "list"));
      query.put("prefix", prefix + listed);
      if (!delimiter.isEmpty()) {
        query.put("delimiter", delimiter);
      }
      if (!marker.isEmpty()) {
        query.put("marker", marker);
      }
      var page =
          retried(() -> {
            var parsed = new Page();
            try (var in = http.send("GET", "", query, Map.of(), null, 200).body()) {
              Xml.walk(in, parsed);
            } catch (IOException | XMLStreamException e) {
              throw new StoreException(
                  Kind.UNAVAILABLE, "the service's answer can't be read: " + e.getMessage(), e);
            }
            return parsed;
          });
      page.objects.forEach(o ->
          each.accept(
              new ObjectInfo(
                  o.key().substring(prefix.length()),
                  o.sizeBytes(),
                  o.modifiedEpochMillis(),
                  o.etag())));
      page.prefixes.forEach(p -> eachPrefix.accept(p.substring(prefix.length())));
      marker = page.next;
    } while (!marker.isEmpty());
  }

  private static final class Page implements BiConsumer<String, String> {
    final List<ObjectInfo> objects = new ArrayList<>();
    final List<String> prefixes = new ArrayList<>();
    String next = "";
    private String key = "";
    private long size;
    private long modified;
    private String etag = "";

    @Override
    public void accept(String path, String text) {
      switch (path.substring(path.indexOf('/') + 1)) {
        case "Blobs/Blob/Name" -> key = text;
        case "Blobs/Blob/Properties/Content-Length" -> size = Long.parseLong(text);
        case "Blobs/Blob/Properties/Last-Modified" -> modified = millis(text);
        case "Blobs/Blob/Properties/Etag" -> etag = text;
        case "Blobs/Blob" -> objects.add(new ObjectInfo(key, size, modified, etag));
        case "Blobs/BlobPrefix/Name" -> prefixes.add(text);
        case "NextMarker" -> next = text;
        default -> {}
      }
    }
  }

  @Override
  public void delete(Collection<String> keys) {
    for (var key : keys) {
      retried(() -> {
        drain(http.send("DELETE", prefix + key, Map.of(), Map.of(), null, 202, 404));
        return true;
      });
    }
  }

  private static void drain(Answer answer) {
    try {
      answer.drain();
    } catch (IOException e) {
      throw new StoreException(Kind.UNAVAILABLE, "the answer broke off: " + e.getMessage(), e);
    }
  }

  @Override
  public String location() {
    return settings.endpoint()
        + "/"
        + settings.container()
        + (prefix.isEmpty() ? "" : "/" + settings.prefix());
  }

  @Override
  public void close() {
    http.close();
  }
}
