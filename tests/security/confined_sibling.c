/* A program beside the one that locks itself in: what the agent may start. */
int main(void)
{
    return 0;
}
