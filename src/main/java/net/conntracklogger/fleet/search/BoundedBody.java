// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet.search;

import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/** Takes the body of an answer as text, of a bounded length. */
final class BoundedBody implements BodySubscriber<String> {
    /** A page of 1,000 entries has some 2 MB. */
    private static final int MOST_BYTES = 48 << 20;

    private final BodySubscriber<String> text = BodySubscribers.ofString(StandardCharsets.UTF_8);
    private Flow.Subscription subscription;
    private long received;
    private boolean failed;

    @Override
    public CompletionStage<String> getBody() {
        return text.getBody();
    }

    @Override
    public void onSubscribe(Flow.Subscription source) {
        subscription = source;
        text.onSubscribe(source);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        received += buffers.stream().mapToLong(ByteBuffer::remaining).sum();
        if (received > MOST_BYTES && !failed) {
            failed = true;
            subscription.cancel();
            text.onError(new IOException("the answer is longer than " + MOST_BYTES + " bytes"));
        } else if (!failed) {
            text.onNext(buffers);
        }
    }

    @Override
    public void onError(Throwable failure) {
        text.onError(failure);
    }

    @Override
    public void onComplete() {
        text.onComplete();
    }
}
