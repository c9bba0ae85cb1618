// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.auth;

import dev.howdah.apiserver.User;
import dev.howdah.apiserver.auth.ServiceAccountTokens.Bound;
import dev.howdah.apiserver.auth.ServiceAccountTokens.Claims;
import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.http.Exchange;
import dev.howdah.apiserver.store.GroupResource;
import dev.howdah.apiserver.store.Key;
import dev.howdah.apiserver.store.Store;
import dev.howdah.service.pki.CertificateFacts;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Finds out who sent a request.
public final class Authenticator {
  private static final GroupResource ACCOUNTS = new GroupResource("", "serviceaccounts");
  private static final GroupResource PODS = new GroupResource("", "pods");
  private static final GroupResource SECRETS = new GroupResource("", "secrets");
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
  private static final String BEARER = "Bearer ";
  private static final String TOKEN_PROTOCOL = "base64url.bearer.authorization.k8s.io.";
  private static final int CACHE = 1000;

  private final X509Certificate authority;
  private final byte[] administratorToken;
  private final ServiceAccountTokens tokens;
  private final Store store;
  private final InstantSource clock;
  private final Map<X509Certificate, Boolean> ours = new ConcurrentHashMap<>();

  public Authenticator(
      X509Certificate authority,
      String administratorToken,
      ServiceAccountTokens tokens,
      Store store,
      InstantSource clock) {
    this.authority = authority;
    this.administratorToken = administratorToken.getBytes(StandardCharsets.US_ASCII);
    this.tokens = tokens;
    this.store = store;
    this.clock = clock;
  }

  /// Nobody in particular.
  public static User anonymous() {
    return User.of("system:anonymous", User.UNAUTHENTICATED);
  }

  /// Who sent the request; anonymous without credentials. Throws 401 for credentials that are
  /// wrong.
  public User of(Exchange exchange) {
    var certificates = exchange.peerCertificates();
    if (!certificates.isEmpty()) {
      var user = byCertificate(certificates.getFirst());
      if (user != null) {
        return user;
      }
    }
    var token = token(exchange);
    if (!token.isEmpty()) {
      var user = byToken(token, List.of());
      if (user == null) {
        throw ApiException.unauthorized();
      }
      return user;
    }
    if (!certificates.isEmpty()) {
      throw ApiException.unauthorized();
    }
    return anonymous();
  }

  // A browser cannot set headers on a WebSocket, so a token may also come as a sub-protocol.
  private static String token(Exchange exchange) {
    var header = exchange.header("authorization");
    if (header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      return header.substring(BEARER.length()).strip();
    }
    for (var line : exchange.headers("sec-websocket-protocol")) {
      for (var protocol : line.split(",")) {
        if (protocol.strip().startsWith(TOKEN_PROTOCOL)) {
          return decoded(protocol.strip().substring(TOKEN_PROTOCOL.length()));
        }
      }
    }
    return "";
  }

  private static String decoded(String token) {
    try {
      return new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException _) {
      throw ApiException.unauthorized();
    }
  }

  private @Nullable User byCertificate(X509Certificate certificate) {
    var now = java.util.Date.from(clock.instant());
    if (now.after(certificate.getNotAfter()) || now.before(certificate.getNotBefore())) {
      return null;
    }
    if (ours.size() >= CACHE) {
      ours.clear();
    }
    if (!ours.computeIfAbsent(certificate, this::isOurClient)) {
      return null;
    }
    var facts = CertificateFacts.of(certificate);
    var groups = new ArrayList<>(facts.organizations());
    groups.add(User.AUTHENTICATED);
    return new User(facts.commonName(), "", groups, Map.of());
  }

  private boolean isOurClient(X509Certificate certificate) {
    try {
      var uses = certificate.getExtendedKeyUsage();
      return uses != null
          && uses.contains(CLIENT_AUTH)
          && CertificateFacts.signedBy(certificate, authority);
    } catch (CertificateParsingException _) {
      return false;
    }
  }

  /// The user of a token, or null: the administrator's, or that of a service account. Without
  /// audiences the latter must be meant for this server.
  public @Nullable User byToken(String token, List<String> audiences) {
    // compares all of it always: how long that takes says nothing about the secret
    if (MessageDigest.isEqual(administratorToken, token.getBytes(StandardCharsets.UTF_8))) {
      return User.ADMINISTRATOR;
    }
    var claims = tokens.verify(token);
    if (claims == null || !meantFor(claims, audiences) || !standsForLiving(claims)) {
      return null;
    }
    var user = User.serviceAccount(claims.namespace(), claims.account().name());
    var extra = new java.util.HashMap<String, List<String>>();
    extra.put("authentication.kubernetes.io/credential-id", List.of("JTI=" + claims.id()));
    var pod = claims.pod();
    if (pod != null) {
      extra.put("authentication.kubernetes.io/pod-name", List.of(pod.name()));
      extra.put("authentication.kubernetes.io/pod-uid", List.of(pod.uid()));
    }
    return new User(user.name(), claims.account().uid(), user.groups(), extra);
  }

  private static boolean meantFor(Claims claims, List<String> audiences) {
    var wanted = audiences.isEmpty() ? Set.of(ServiceAccountTokens.ISSUER) : Set.copyOf(audiences);
    return claims.audiences().stream().anyMatch(wanted::contains);
  }

  private boolean standsForLiving(Claims claims) {
    var namespace = claims.namespace();
    return exists(ACCOUNTS, namespace, claims.account())
        && (claims.pod() == null || exists(PODS, namespace, claims.pod()))
        && (claims.secret() == null || exists(SECRETS, namespace, claims.secret()));
  }

  private boolean exists(GroupResource type, String namespace, Bound bound) {
    var found = store.get(type, new Key(namespace, bound.name()));
    return found != null && found.uid().equals(bound.uid());
  }
}
