// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.route;

import dev.howdah.apiserver.User;
import dev.howdah.apiserver.auth.Access;
import dev.howdah.apiserver.auth.Authenticator;
import dev.howdah.apiserver.auth.Rbac;
import dev.howdah.apiserver.auth.ServiceAccountTokens;
import dev.howdah.apiserver.discovery.Discovery;
import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.http.Exchange;
import dev.howdah.apiserver.http.HttpException;
import dev.howdah.apiserver.http.HttpServer;
import dev.howdah.apiserver.openapi.OpenApi;
import dev.howdah.apiserver.request.RequestInfo;
import dev.howdah.apiserver.request.WriteOptions;
import dev.howdah.apiserver.resource.ResourceTypes;
import dev.howdah.apiserver.store.GroupResource;
import dev.howdah.apiserver.store.Store;
import dev.howdah.apiserver.stream.PodStreams;
import dev.howdah.apiserver.write.Call;
import dev.howdah.apiserver.write.Writer;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The front door: who asks, may they, and who answers.
public final class Api implements HttpServer.Handler {
  /// What requests are answered with.
  public record Parts(
      Store store,
      ResourceTypes types,
      Writer writer,
      Authenticator authenticator,
      Rbac rbac,
      OpenApi openApi,
      ServiceAccountTokens tokens,
      PodStreams streams,
      InstantSource clock) {}

  private static final Logger LOG = LoggerFactory.getLogger(Api.class);

  private final Parts parts;
  private final Paths paths;
  private final ObjectRequests objects;
  private final Subresources subresources;
  private final Impersonation impersonation;
  private final Reviews reviews;

  public Api(Parts parts) {
    this.parts = parts;
    this.paths = new Paths(parts.store(), parts.types(), parts.openApi());
    this.objects = new ObjectRequests(parts.store(), parts.writer());
    this.subresources = new Subresources(parts, objects);
    this.reviews = new Reviews(parts);
    this.impersonation = new Impersonation(parts.rbac());
  }

  @Override
  public void handle(Exchange exchange) throws IOException {
    try {
      serve(exchange);
    } catch (ApiException e) {
      refuse(exchange, e);
    } catch (HttpException e) {
      if (e.status() != 413) {
        throw e;
      }
      refuse(
          exchange,
          ApiException.of(
              413,
              "RequestEntityTooLarge",
              String.valueOf(e.getMessage()),
              ApiException.Subject.NONE,
              List.of()));
    } catch (RuntimeException e) {
      LOG.atError()
          .addKeyValue("method", exchange.method())
          .addKeyValue("path", exchange.rawPath())
          .setCause(e)
          .log("request failed");
      refuse(exchange, ApiException.internal(e.toString()));
    }
  }

  private static void refuse(Exchange exchange, ApiException e) throws IOException {
    if (exchange.answered()) {
      throw new IOException("the answer had begun when this came up", e);
    }
    Answers.refusal(exchange, e);
  }

  private void serve(Exchange exchange) throws IOException {
    var request = RequestInfo.of(exchange);
    var user = impersonation.of(exchange, parts.authenticator().of(exchange));
    var access = Access.of(user, request);
    if (!parts.rbac().allows(access)) {
      throw forbidden(access);
    }
    if (!request.resource()) {
      paths.serve(exchange);
      return;
    }
    resource(exchange, request, user);
  }

  private static ApiException forbidden(Access access) {
    if (!access.onResource()) {
      return ApiException.forbiddenPath("forbidden: " + access.refusal());
    }
    return ApiException.forbidden(
        new GroupResource(access.group(), access.resource()), access.name(), access.refusal());
  }

  private void resource(Exchange exchange, RequestInfo request, User user) throws IOException {
    var type = parts.types().find(request.group(), request.version(), request.plural());
    if (type == null) {
      throw ApiException.noSuchPath();
    }
    var namespace = type.namespaced() ? request.namespace() : "";
    if (type.namespaced() && namespace.isEmpty() && (request.namesObject() || isCreate(request))) {
      throw ApiException.methodNotAllowed();
    }
    var name = request.namesObject() ? request.name() : "";
    var call =
        new Call(
            type,
            namespace,
            name,
            request.subresource(),
            user,
            WriteOptions.of(exchange),
            warning -> Answers.warning(exchange, warning));
    var target = new Target(request, call);
    if (!request.subresource().isEmpty()) {
      subresources.serve(target, exchange);
    } else if (Discovery.onlyCreated(type)) {
      if (!isCreate(request)) {
        throw ApiException.methodNotAllowed();
      }
      reviews.serve(exchange, call);
    } else {
      objects.serve(target, exchange);
    }
  }

  private static boolean isCreate(RequestInfo request) {
    return request.verb().equals("create");
  }
}
