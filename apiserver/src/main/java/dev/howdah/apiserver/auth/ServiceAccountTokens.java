// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.auth;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.apiserver.json.Json;
import dev.howdah.service.pki.CertifiedKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// JSON web tokens for service accounts, signed with a key of our own (ES256).
public final class ServiceAccountTokens {
  /// Who issues, and the audience of tokens that name none.
  public static final String ISSUER = "https://kubernetes.default.svc.cluster.local";

  /// A name and the UID it had.
  public record Bound(String name, String uid) {}

  /// What a token says. `pod` and `secret` are absent when it is bound to none.
  public record Claims(
      String id,
      String namespace,
      Bound account,
      @Nullable Bound pod,
      @Nullable Bound secret,
      List<String> audiences,
      Instant expires) {
    public Claims {
      audiences = List.copyOf(audiences);
    }
  }

  private static final String ALGORITHM = "SHA256withECDSAinP1363Format";
  private static final int CACHE = 1000;
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  private final CertifiedKey key;
  private final InstantSource clock;
  private final Map<String, Claims> verified = new ConcurrentHashMap<>();

  public ServiceAccountTokens(CertifiedKey key, InstantSource clock) {
    this.key = key;
    this.clock = clock;
  }

  /// Signs a new token. An empty list of audiences stands for the API server.
  public String issue(
      String namespace,
      Bound account,
      @Nullable Bound pod,
      List<String> audiences,
      Duration validity) {
    var now = clock.instant().getEpochSecond();
    var payload = Json.object();
    payload.set("aud", Json.texts(audiences.isEmpty() ? List.of(ISSUER) : audiences));
    payload.put("exp", now + validity.toSeconds()).put("iat", now).put("nbf", now);
    payload.put("iss", ISSUER).put("jti", UUID.randomUUID().toString());
    var binding = payload.putObject("kubernetes.io").put("namespace", namespace);
    if (pod != null) {
      binding.putObject("pod").put("name", pod.name()).put("uid", pod.uid());
    }
    binding.putObject("serviceaccount").put("name", account.name()).put("uid", account.uid());
    payload.put("sub", "system:serviceaccount:" + namespace + ":" + account.name());
    var header = Json.object().put("alg", "ES256").put("typ", "JWT");
    var signed =
        ENCODER.encodeToString(Json.bytes(header))
            + "."
            + ENCODER.encodeToString(Json.bytes(payload));
    return signed + "." + ENCODER.encodeToString(signature(signed));
  }

  private byte[] signature(String text) {
    try {
      var signer = Signature.getInstance(ALGORITHM);
      signer.initSign(key.key());
      signer.update(text.getBytes(StandardCharsets.US_ASCII));
      return signer.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot sign a token", e);
    }
  }

  /// What a token of ours says, or null when it is none, was changed, or is over.
  public @Nullable Claims verify(String token) {
    var known = verified.get(token);
    if (known == null) {
      known = read(token);
      if (known == null) {
        return null;
      }
      if (verified.size() >= CACHE) {
        verified.clear();
      }
      verified.put(token, known);
    }
    return known.expires().isAfter(clock.instant()) ? known : null;
  }

  private @Nullable Claims read(String token) {
    var parts = token.split("\\.", -1);
    if (parts.length != 3) {
      return null;
    }
    try {
      var decoder = Base64.getUrlDecoder();
      var header = Json.read(decoder.decode(parts[0]));
      var verifier = Signature.getInstance(ALGORITHM);
      verifier.initVerify(key.certificate().getPublicKey());
      verifier.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
      if (!header.path("alg").asText().equals("ES256")
          || !verifier.verify(decoder.decode(parts[2]))) {
        return null;
      }
      var payload = Json.read(decoder.decode(parts[1]));
      return payload.path("iss").asText().equals(ISSUER) ? claims(payload) : null;
    } catch (GeneralSecurityException | IOException | IllegalArgumentException _) {
      return null;
    }
  }

  private static @Nullable Claims claims(JsonNode payload) {
    var binding = payload.path("kubernetes.io");
    var account = bound(binding.path("serviceaccount"));
    if (account == null) {
      return null;
    }
    return new Claims(
        payload.path("jti").asText(),
        binding.path("namespace").asText(),
        account,
        bound(binding.path("pod")),
        bound(binding.path("secret")),
        payload.path("aud").valueStream().map(JsonNode::asText).toList(),
        Instant.ofEpochSecond(payload.path("exp").asLong()));
  }

  private static @Nullable Bound bound(JsonNode node) {
    return node.isObject()
        ? new Bound(node.path("name").asText(), node.path("uid").asText())
        : null;
  }
}
