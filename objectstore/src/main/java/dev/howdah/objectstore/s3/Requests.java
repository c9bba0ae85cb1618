// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.s3;

import dev.howdah.http.Answer;
import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.PutOptions;
import dev.howdah.objectstore.Retry;
import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.StoreException.Kind;
import dev.howdah.objectstore.http.Xml;
import java.io.IOException;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;

/// Requests about a bucket and about the objects below its prefix, and what they have in common.
///
/// @param prefix of all keys, with its slash, or empty
record Requests(S3Settings settings, Http http, String prefix, RandomGenerator random) {
  static final SortedMap<String, String> NO_QUERY = new TreeMap<>();

  static Requests of(S3Settings settings, Http http) {
    var prefix = settings.prefix().isEmpty() ? "" : settings.prefix() + "/";
    return new Requests(settings, http, prefix, RandomGenerator.getDefault());
  }

  /// Runs it, again as long as faults pass.
  <T> T repeat(Retry.Attempt<T> attempt) {
    return settings.retry().call(random, attempt);
  }

  /// About an object.
  ///
  /// @param key below the prefix
  Answer send(
      String method,
      String key,
      SortedMap<String, String> query,
      Map<String, String> headers,
      @Nullable Body body,
      int... expected) {
    return http.send(method, prefix + key, query, headers, body, expected);
  }

  static TreeMap<String, String> query(String name, String value) {
    var query = new TreeMap<String, String>();
    query.put(name, value);
    return query;
  }

  static TreeMap<String, String> headers(PutOptions options) {
    var headers = new TreeMap<String, String>();
    if (!options.encryption().isEmpty()) {
      headers.put("x-amz-server-side-encryption", options.encryption());
      if (!options.encryptionKey().isEmpty()) {
        headers.put("x-amz-server-side-encryption-aws-kms-key-id", options.encryptionKey());
      }
    }
    if (!options.tags().isEmpty()) {
      headers.put("x-amz-tagging", SigV4.query(new TreeMap<>(options.tags())));
    }
    return headers;
  }

  boolean isAws() {
    return settings.dialect() == Dialect.S3;
  }

  String checksumHeader() {
    return settings.dialect().checksumHeader;
  }

  String checksumValue(String checksum) {
    return settings.dialect().checksumPrefix + checksum;
  }

  /// One page of a listing.
  <T extends BiConsumer<String, String>> T listed(
      SortedMap<String, String> query, Supplier<T> page) {
    return repeat(() -> {
      var parsed = page.get();
      parse(http.send("GET", "", query, Map.of(), null, 200), parsed);
      return parsed;
    });
  }

  static void parse(Answer answer, BiConsumer<String, String> each) {
    try (var in = answer.body()) {
      Xml.walk(in, each);
    } catch (IOException | XMLStreamException e) {
      throw new StoreException(
          Kind.UNAVAILABLE, "the object store's answer can't be read: " + e.getMessage(), e);
    }
  }

  static void drain(Answer answer) {
    try {
      answer.drain();
    } catch (IOException e) {
      throw new StoreException(Kind.UNAVAILABLE, "the answer broke off: " + e.getMessage(), e);
    }
  }
}
