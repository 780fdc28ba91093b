import { Component, type ComponentChildren } from "preact";

/** Shows what went wrong within it in place of a blank page; another address or other data try again. */
export class ErrorBoundary extends Component<
  { children: ComponentChildren; attempt: string },
  { cause: unknown }
> {
  override state: { cause: unknown } = { cause: null };

  static override getDerivedStateFromError(cause: unknown): { cause: unknown } {
    return { cause };
  }

  override componentDidUpdate(before: { attempt: string }): void {
    if (before.attempt !== this.props.attempt && this.state.cause !== null) this.setState({ cause: null });
  }

  override render() {
    const { cause } = this.state;
    if (cause === null) return this.props.children;
    return (
      <p role="alert" class="alarm">
        This view could not be shown: {cause instanceof Error ? cause.message : String(cause)}
      </p>
    );
  }
}
